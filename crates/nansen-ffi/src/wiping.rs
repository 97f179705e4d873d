//! Memory is wiped before it is given back: the heap as it is freed, the stack after each call.
//!
//! Arguments and results cross the border in buffers that UniFFI frees as they are. Each may hold
//! a PIN, a vault's secret or a person's claims, so the allocator of this library writes zeros
//! over everything it frees. SQLite has an allocator of its own: what it holds is sealed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

#[global_allocator]
static WIPING: Wiping = Wiping;

/// The system's allocator, but what is freed is wiped. `realloc` is that of [`GlobalAlloc`],
/// which allocates, copies and frees: a buffer that grows leaves nothing behind either.
struct Wiping;

// SAFETY: every call is handed to the system's allocator with its own arguments, and memory is
// written to only before it is freed, within its layout.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller frees an allocation of this layout, which nobody else can use.
        unsafe {
            pointer.write_bytes(0, layout.size());
            // Else the compiler may leave out what nobody reads.
            black_box(pointer);
            System.dealloc(pointer, layout);
        }
    }
}

#[cfg(feature = "vault")]
pub(crate) use stack::with_clean_stack;

/// What the vault's calls leave on the stack.
#[cfg(feature = "vault")]
mod stack {
    use std::hint::black_box;

    /// Runs `work`, then overwrites the stack that it used: ciphers leave pieces of what they opened
    /// there, and threads that an app keeps for later keep their stacks as well.
    pub(crate) fn with_clean_stack<T>(work: impl FnOnce() -> T) -> T {
        let done = deeper(work);
        overwrite_stack();
        done
    }

    /// In a frame of its own, so that [`overwrite_stack`] lies over it.
    #[inline(never)]
    fn deeper<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    #[inline(never)]
    fn overwrite_stack() {
        black_box([0_u8; STACK_USED]);
    }

    /// More than a call here takes: Argon2 and SQLite have their memory from the heap.
    const STACK_USED: usize = 48 << 10;
}
