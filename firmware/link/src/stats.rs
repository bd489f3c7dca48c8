//! What a session counts and measures.

use core::time::Duration;

/// Counters of one session, over all its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Bytes handed to the port.
    pub bytes_sent: u64,
    /// Bytes taken from the port.
    pub bytes_received: u64,
    /// Frames put together for sending.
    pub frames_sent: u64,
    /// Packets of ours that the peer reported as lost.
    pub packets_lost: u64,
    /// Frames that arrived undamaged.
    pub frames_received: u64,
    /// Stretches between delimiters that were no frame.
    pub frames_damaged: u64,
    /// Bytes that were wrong and were put right by their frames' parity.
    pub bytes_corrected: u64,
    /// Blocks sent, repeats included.
    pub blocks_sent: u64,
    /// Blocks that arrived for the first time.
    pub blocks_received: u64,
    /// Blocks that arrived though they were held.
    pub blocks_repeated: u64,
}

/// What the line does to us, measured by the peer's acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// From the end of a packet to its acknowledgement, smoothed; waits in ports and buffers included.
    pub round_trip: Option<Duration>,
    /// How fast the line carries our bytes, when there is enough to send.
    pub bytes_per_second: Option<u32>,
    /// Wrong bytes, and runs of lost or added ones, in a million sent of late.
    pub errors_per_megabyte: u32,
}
