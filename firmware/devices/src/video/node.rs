//! The kernel's door to a camera: a device node, and what is asked of it.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::Updater;
use rustix::mm::{MapFlags, ProtFlags};

use super::abi::{
    Buffer, Capability, Format, FormatDescription, FrameSize, RequestBuffers, number,
};

/// One request to a node, in the kernel's own structures.
#[derive(Debug)]
pub enum Request<'a> {
    /// `VIDIOC_QUERYCAP`.
    QueryCapability(&'a mut Capability),
    /// `VIDIOC_ENUM_FMT`.
    EnumerateFormat(&'a mut FormatDescription),
    /// `VIDIOC_ENUM_FRAMESIZES`.
    EnumerateSize(&'a mut FrameSize),
    /// `VIDIOC_S_FMT`.
    SetFormat(&'a mut Format),
    /// `VIDIOC_REQBUFS`.
    RequestBuffers(&'a mut RequestBuffers),
    /// `VIDIOC_QUERYBUF`.
    QueryBuffer(&'a mut Buffer),
    /// `VIDIOC_QBUF`.
    Queue(&'a mut Buffer),
    /// `VIDIOC_DQBUF`.
    Dequeue(&'a mut Buffer),
    /// `VIDIOC_STREAMON`.
    StreamOn(&'a mut c_int),
    /// `VIDIOC_STREAMOFF`.
    StreamOff(&'a mut c_int),
}

/// A camera's node: everything that the driver does passes here, so that a twin can stand behind it.
pub trait Node: Send {
    /// Makes one request.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn request(&mut self, request: Request<'_>) -> io::Result<()>;

    /// Waits until a frame is there; false when the time is up.
    ///
    /// # Errors
    ///
    /// The kernel's; [`Errno::NODEV`] when the camera is unplugged.
    fn wait(&mut self, wait: Duration) -> io::Result<bool>;

    /// Makes the memory of the next buffer readable, in the order of the buffers.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn map(&mut self, offset: u64, length: u32) -> io::Result<()>;

    /// The memory of a buffer; empty if there is none such.
    fn mapped(&self, index: u32) -> &[u8];

    /// Gives all mapped memory back.
    fn unmap(&mut self);
}

/// A node of the kernel, such as `/dev/video0`; `/dev/v4l/by-id/…` keeps its name when others are plugged in.
#[derive(Debug)]
pub struct DeviceNode {
    maps: Vec<Map>,
    fd: OwnedFd,
}

impl DeviceNode {
    /// Opens a node.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(Self {
            maps: Vec::new(),
            fd: rustix::fs::open(path, flags, Mode::empty())?,
        })
    }
}

impl Node for DeviceNode {
    fn request(&mut self, request: Request<'_>) -> io::Result<()> {
        let fd = self.fd.as_fd();
        match request {
            Request::QueryCapability(value) => update::<{ number::QUERY_CAPABILITY }, _>(fd, value),
            Request::EnumerateFormat(value) => update::<{ number::ENUMERATE_FORMAT }, _>(fd, value),
            Request::EnumerateSize(value) => update::<{ number::ENUMERATE_SIZE }, _>(fd, value),
            Request::SetFormat(value) => update::<{ number::SET_FORMAT }, _>(fd, value),
            Request::RequestBuffers(value) => update::<{ number::REQUEST_BUFFERS }, _>(fd, value),
            Request::QueryBuffer(value) => update::<{ number::QUERY_BUFFER }, _>(fd, value),
            Request::Queue(value) => update::<{ number::QUEUE }, _>(fd, value),
            Request::Dequeue(value) => update::<{ number::DEQUEUE }, _>(fd, value),
            Request::StreamOn(value) => update::<{ number::STREAM_ON }, _>(fd, value),
            Request::StreamOff(value) => update::<{ number::STREAM_OFF }, _>(fd, value),
        }
    }

    fn wait(&mut self, wait: Duration) -> io::Result<bool> {
        let mut polled = [PollFd::new(&self.fd, PollFlags::IN)];
        match rustix::event::poll(&mut polled, Timespec::try_from(wait).ok().as_ref()) {
            Ok(0) | Err(Errno::INTR) => return Ok(false),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let events = polled[0].revents();
        if events.intersects(PollFlags::ERR | PollFlags::HUP) {
            return Err(Errno::NODEV.into());
        }
        Ok(events.contains(PollFlags::IN))
    }

    fn map(&mut self, offset: u64, length: u32) -> io::Result<()> {
        self.maps.push(Map::new(&self.fd, offset, length as usize)?);
        Ok(())
    }

    fn mapped(&self, index: u32) -> &[u8] {
        self.maps.get(index as usize).map_or(&[], Map::bytes)
    }

    fn unmap(&mut self) {
        self.maps.clear();
    }
}

/// Makes a request that reads and writes a structure.
///
/// Private, and called with the pairs of number and structure of the function above only.
#[expect(
    unsafe_code,
    reason = "the kernel's requests have no safe form: number and structure must fit each other"
)]
fn update<const NUMBER: rustix::ioctl::Opcode, T>(
    fd: std::os::fd::BorrowedFd<'_>,
    value: &mut T,
) -> io::Result<()> {
    // A number carries the size of the structure that it belongs to.
    const { assert!(((NUMBER >> 16) & 0x3FFF) as usize == size_of::<T>()) };
    // SAFETY: the numbers are those of `linux/videodev2.h`, the structures are laid out as there (both are pinned by
    // tests), each holds nothing but numbers, and the kernel writes within the size that the number carries.
    unsafe { rustix::ioctl::ioctl(fd, Updater::<NUMBER, T>::new(value)) }?;
    Ok(())
}

/// A buffer of the camera in our memory, to be read.
#[derive(Debug)]
struct Map {
    start: *mut std::ffi::c_void,
    length: usize,
}

#[expect(
    unsafe_code,
    reason = "frames of a camera come through memory that is shared with the kernel"
)]
mod map {
    use super::{Map, MapFlags, OwnedFd, ProtFlags, io};

    // SAFETY: the memory belongs to the process, not to a thread, and is only read.
    unsafe impl Send for Map {}

    impl Map {
        pub(super) fn new(fd: &OwnedFd, offset: u64, length: usize) -> io::Result<Self> {
            // SAFETY: the kernel chooses a place that nothing else has.
            let start = unsafe {
                rustix::mm::mmap(
                    std::ptr::null_mut(),
                    length,
                    ProtFlags::READ,
                    MapFlags::SHARED,
                    fd,
                    offset,
                )
            }?;
            Ok(Self { start, length })
        }

        pub(super) fn bytes(&self) -> &[u8] {
            // SAFETY: the map is `length` bytes long and lives as long as `self`. Callers read a buffer between dequeuing
            // and queueing it again, when the camera does not write to it.
            unsafe { std::slice::from_raw_parts(self.start.cast(), self.length) }
        }
    }

    impl Drop for Map {
        fn drop(&mut self) {
            // SAFETY: this is the map that was made, and nobody can borrow it any more.
            let unmapped = unsafe { rustix::mm::munmap(self.start, self.length) };
            debug_assert!(unmapped.is_ok(), "our own map can be given back");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_node_that_is_missing_or_no_camera_is_an_error_of_the_kernel() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("video0");
        let missing = DeviceNode::open(&path).expect_err("no node");
        assert_eq!(Errno::from_io_error(&missing), Some(Errno::NOENT));

        fs::write(&path, b"frames").expect("a file");
        let mut node = DeviceNode::open(&path).expect("opened");
        let mut capability = Capability::default();
        let error = node
            .request(Request::QueryCapability(&mut capability))
            .expect_err("no camera");
        assert_eq!(Errno::from_io_error(&error), Some(Errno::NOTTY));
        // A file is mapped as a camera's buffer is.
        node.map(0, 6).expect("mapped");
        assert_eq!(node.mapped(0), b"frames");
        assert_eq!(node.mapped(1), b"");
        node.unmap();
        assert_eq!(node.mapped(0), b"");
    }
}
