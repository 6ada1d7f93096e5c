// Writes a new file from front to end, large ones past the page cache. Copying a bundle of 660 MB into the cache took between 0.15 and 1.5 s of
// system time, by how scarce pages were; handed to the disk directly it took 0.07 s (docs/performance.md), and nobody's cached pages are
// thrown out for a file that is written once. Where the file system cannot do it (tmpfs), the same writes go through the cache.

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cti.Host.Sinks;

/// <summary>Bytes appended to a new file. Two buffers: one fills while the other is on its way to the disk.</summary>
internal sealed class UncachedFile : IDisposable
{
    // The disk takes direct writes from, to and of multiples of its block: 4096 is one on every file system in use.
    private const int Block = 4096;
    private const int Capacity = 1 << 20;

    private readonly SafeFileHandle _handle;
    private Memory<byte> _filling = AlignedBuffer();
    private Memory<byte> _spare = AlignedBuffer();
    private int _filled;
    private long _position;
    private Task _write = Task.CompletedTask;

    /// <exception cref="IOException">The place cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Neither.</exception>
    public UncachedFile(string path) =>
        _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    /// <exception cref="IOException">The disk is full, or went away: with these bytes or with earlier ones.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = Math.Min(bytes.Length, Capacity - _filled);
            bytes[..count].CopyTo(_filling.Span[_filled..]);
            _filled += count;
            bytes = bytes[count..];
            if (_filled == Capacity)
            {
                SendFullBuffer();
            }
        }
    }

    /// <summary>Writes what is still held here and makes all of it durable.</summary>
    /// <exception cref="IOException">It could not be.</exception>
    public void Finish()
    {
        Wait();
        // The end is no whole block.
        PageCache.Use(_handle);
        RandomAccess.Write(_handle, _filling.Span[.._filled], _position);
        _position += _filled;
        _filled = 0;
        RandomAccess.FlushToDisk(_handle);
    }

    public void Dispose()
    {
        try
        {
            Wait();
        }
        catch (IOException)
        {
            // Told by Write or Finish, or the file is given up.
        }

        _handle.Dispose();
    }

    private void SendFullBuffer()
    {
        Wait();
        if (_position == 0)
        {
            PageCache.Bypass(_handle);
        }

        _write = RandomAccess.WriteAsync(_handle, _filling, _position).AsTask();
        _position += _filled;
        _filled = 0;
        (_filling, _spare) = (_spare, _filling);
    }

    private void Wait()
    {
        var write = _write;
        _write = Task.CompletedTask;
        write.GetAwaiter().GetResult();
    }

    private static Memory<byte> AlignedBuffer()
    {
        var array = GC.AllocateUninitializedArray<byte>(Capacity + Block, pinned: true);
        var past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Block);
        return array.AsMemory(past == 0 ? 0 : Block - past, Capacity);
    }

    /// <summary>Turns the kernel's O_DIRECT on and off for an open file (fcntl(2)).</summary>
    private static class PageCache
    {
        private const int SetStatusFlags = 4; // F_SETFL of Linux

        // O_DIRECT of Linux differs between processors; elsewhere the cache is used.
        private static readonly int Direct =
            !OperatingSystem.IsLinux() ? 0
            : RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 0x4000
            : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x10000
            : 0;

        // A refusal is no fault: the writes then go through the cache.
        public static void Bypass(SafeFileHandle file) => Set(file, Direct);

        public static void Use(SafeFileHandle file) => Set(file, 0);

        private static void Set(SafeFileHandle file, int flags)
        {
            if (Direct != 0)
            {
                _ = fcntl(file, SetStatusFlags, flags);
            }
        }

        [DllImport("libc", EntryPoint = "fcntl")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int fcntl(SafeFileHandle file, int command, int argument);
    }
}
