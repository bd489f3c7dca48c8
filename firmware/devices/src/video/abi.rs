//! What goes through the kernel's door to a camera, laid out as the kernel has it on machines of 64 bits.
//!
//! Source: `linux/videodev2.h`; sizes, places and numbers are pinned by the tests below, as a C compiler gives them.

/// Answer to "what are you" (`struct v4l2_capability`).
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Capability {
    pub(crate) driver: [u8; 16],
    pub(crate) card: [u8; 32],
    pub(crate) bus_info: [u8; 32],
    pub(crate) version: u32,
    pub(crate) capabilities: u32,
    pub(crate) device_caps: u32,
    pub(crate) reserved: [u32; 3],
}

impl Capability {
    /// What the node itself can do; `capabilities` are those of the whole device, which has further nodes.
    pub(crate) fn of_node(&self) -> u32 {
        if self.capabilities & CAP_DEVICE_CAPS == 0 {
            self.capabilities
        } else {
            self.device_caps
        }
    }
}

pub(crate) const CAP_VIDEO_CAPTURE: u32 = 0x1;
pub(crate) const CAP_STREAMING: u32 = 0x0400_0000;
pub(crate) const CAP_DEVICE_CAPS: u32 = 0x8000_0000;

/// One of the formats (`struct v4l2_fmtdesc`).
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct FormatDescription {
    pub(crate) index: u32,
    pub(crate) buffer_type: u32,
    pub(crate) flags: u32,
    pub(crate) description: [u8; 32],
    pub(crate) pixel_format: u32,
    pub(crate) media_bus_code: u32,
    pub(crate) reserved: [u32; 3],
}

pub(crate) const BUFFER_VIDEO_CAPTURE: u32 = 1;
pub(crate) const PIXELS_MJPEG: u32 = u32::from_le_bytes(*b"MJPG");
pub(crate) const PIXELS_JPEG: u32 = u32::from_le_bytes(*b"JPEG");
pub(crate) const PIXELS_YUYV: u32 = u32::from_le_bytes(*b"YUYV");

/// One of the sizes of a format (`struct v4l2_frmsizeenum`).
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct FrameSize {
    pub(crate) index: u32,
    pub(crate) pixel_format: u32,
    pub(crate) kind: u32,
    /// Width and height where `kind` is [`SIZE_DISCRETE`]; else least, most and step of each.
    pub(crate) size: [u32; 6],
    pub(crate) reserved: [u32; 2],
}

pub(crate) const SIZE_DISCRETE: u32 = 1;

/// The format in which frames come (`struct v4l2_format` with its `v4l2_pix_format`).
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub struct Format {
    pub(crate) buffer_type: u32,
    pub(crate) padding: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixel_format: u32,
    pub(crate) field: u32,
    pub(crate) bytes_per_line: u32,
    pub(crate) size_image: u32,
    pub(crate) further: [u32; 6],
    pub(crate) raw: [u8; 152],
}

pub(crate) const FIELD_NONE: u32 = 1;

/// How many buffers (`struct v4l2_requestbuffers`).
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct RequestBuffers {
    pub(crate) count: u32,
    pub(crate) buffer_type: u32,
    pub(crate) memory: u32,
    pub(crate) capabilities: u32,
    pub(crate) flags: u32,
}

pub(crate) const MEMORY_MMAP: u32 = 1;

/// One buffer (`struct v4l2_buffer`).
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Buffer {
    pub(crate) index: u32,
    pub(crate) buffer_type: u32,
    pub(crate) bytes_used: u32,
    pub(crate) flags: u32,
    pub(crate) field: u32,
    pub(crate) padding: u32,
    pub(crate) timestamp: [i64; 2],
    pub(crate) timecode: [u32; 4],
    pub(crate) sequence: u32,
    pub(crate) memory: u32,
    /// The offset to map, in its lower half; a pointer in other kinds of memory.
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) reserved: u32,
    pub(crate) request: u64,
}

pub(crate) const BUFFER_ERROR: u32 = 0x40;

impl Format {
    pub(crate) fn new(width: u32, height: u32, pixel_format: u32) -> Self {
        Self {
            buffer_type: BUFFER_VIDEO_CAPTURE,
            padding: 0,
            width,
            height,
            pixel_format,
            field: FIELD_NONE,
            bytes_per_line: 0,
            size_image: 0,
            further: [0; 6],
            raw: [0; 152],
        }
    }
}

impl Buffer {
    pub(crate) fn new(index: u32) -> Self {
        Self {
            index,
            buffer_type: BUFFER_VIDEO_CAPTURE,
            memory: MEMORY_MMAP,
            ..Self::default()
        }
    }
}

/// The numbers of the requests; each has the size of its structure in it.
pub(crate) mod number {
    use rustix::ioctl::Opcode;
    use rustix::ioctl::opcode::{read, read_write, write};

    pub(crate) const QUERY_CAPABILITY: Opcode = read::<super::Capability>(b'V', 0);
    pub(crate) const ENUMERATE_FORMAT: Opcode = read_write::<super::FormatDescription>(b'V', 2);
    pub(crate) const SET_FORMAT: Opcode = read_write::<super::Format>(b'V', 5);
    pub(crate) const REQUEST_BUFFERS: Opcode = read_write::<super::RequestBuffers>(b'V', 8);
    pub(crate) const QUERY_BUFFER: Opcode = read_write::<super::Buffer>(b'V', 9);
    pub(crate) const QUEUE: Opcode = read_write::<super::Buffer>(b'V', 15);
    pub(crate) const DEQUEUE: Opcode = read_write::<super::Buffer>(b'V', 17);
    pub(crate) const STREAM_ON: Opcode = write::<std::ffi::c_int>(b'V', 18);
    pub(crate) const STREAM_OFF: Opcode = write::<std::ffi::c_int>(b'V', 19);
    pub(crate) const ENUMERATE_SIZE: Opcode = read_write::<super::FrameSize>(b'V', 74);
}

#[cfg(test)]
mod tests {
    use std::mem::{align_of, offset_of, size_of};

    use super::*;

    #[test]
    fn every_structure_lies_as_the_kernel_has_it() {
        assert_eq!(
            (size_of::<Capability>(), align_of::<Capability>()),
            (104, 4)
        );
        assert_eq!(offset_of!(Capability, capabilities), 84);
        assert_eq!(offset_of!(Capability, device_caps), 88);

        assert_eq!(size_of::<FormatDescription>(), 64);
        assert_eq!(offset_of!(FormatDescription, flags), 8);
        assert_eq!(offset_of!(FormatDescription, pixel_format), 44);

        assert_eq!(size_of::<FrameSize>(), 44);
        assert_eq!(offset_of!(FrameSize, kind), 8);
        assert_eq!(offset_of!(FrameSize, size), 12);
        assert_eq!(offset_of!(FrameSize, reserved), 36);

        assert_eq!((size_of::<Format>(), align_of::<Format>()), (208, 8));
        assert_eq!(offset_of!(Format, width), 8);
        assert_eq!(offset_of!(Format, bytes_per_line), 8 + 16);
        assert_eq!(offset_of!(Format, size_image), 8 + 20);
        assert_eq!(offset_of!(Format, raw), 8 + 48);

        assert_eq!(size_of::<RequestBuffers>(), 20);
        assert_eq!(offset_of!(RequestBuffers, capabilities), 12);

        assert_eq!((size_of::<Buffer>(), align_of::<Buffer>()), (88, 8));
        assert_eq!(offset_of!(Buffer, bytes_used), 8);
        assert_eq!(offset_of!(Buffer, flags), 12);
        assert_eq!(offset_of!(Buffer, timestamp), 24);
        assert_eq!(offset_of!(Buffer, sequence), 56);
        assert_eq!(offset_of!(Buffer, memory), 60);
        assert_eq!(offset_of!(Buffer, offset), 64);
        assert_eq!(offset_of!(Buffer, length), 72);
    }

    #[test]
    fn every_request_has_the_kernels_number() {
        assert_eq!(number::QUERY_CAPABILITY, 0x8068_5600);
        assert_eq!(number::ENUMERATE_FORMAT, 0xC040_5602);
        assert_eq!(number::SET_FORMAT, 0xC0D0_5605);
        assert_eq!(number::REQUEST_BUFFERS, 0xC014_5608);
        assert_eq!(number::QUERY_BUFFER, 0xC058_5609);
        assert_eq!(number::QUEUE, 0xC058_560F);
        assert_eq!(number::DEQUEUE, 0xC058_5611);
        assert_eq!(number::STREAM_ON, 0x4004_5612);
        assert_eq!(number::STREAM_OFF, 0x4004_5613);
        assert_eq!(number::ENUMERATE_SIZE, 0xC02C_564A);
        assert_eq!(PIXELS_MJPEG, 0x4750_4A4D);
        assert_eq!(PIXELS_JPEG, 0x4745_504A);
        assert_eq!(PIXELS_YUYV, 0x5659_5559);
    }
}
