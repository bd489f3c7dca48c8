//! What a session counts.

/// Counters of one session, over all its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Bytes handed to the port.
    pub bytes_sent: u64,
    /// Bytes taken from the port.
    pub bytes_received: u64,
    /// Frames put together for sending.
    pub frames_sent: u64,
    /// Frames of ours that the peer reported as lost.
    pub frames_lost: u64,
    /// Frames that arrived undamaged.
    pub frames_received: u64,
    /// Stretches between delimiters that were no frame.
    pub frames_damaged: u64,
    /// Blocks sent, repeats included.
    pub blocks_sent: u64,
    /// Blocks that arrived for the first time.
    pub blocks_received: u64,
    /// Blocks that arrived though they were held.
    pub blocks_repeated: u64,
}
