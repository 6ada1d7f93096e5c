// Writes a file from front to end, or on from its end, large parts past the page cache. Copying a bundle of 660 MB into the cache took between 0.15 and 1.5 s of
// system time, by how scarce pages were; handed to the disk directly it took 0.07 s (docs/performance.md), and nobody's cached pages are
// thrown out for a file that is written once. Where the file system cannot do it (tmpfs), the same writes go through the cache.

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cti.Host.Sinks;

/// <summary>Bytes appended to a file. Two buffers: one fills while the other is on its way to the disk.</summary>
internal sealed class UncachedFile : IDisposable
{
    // The disk takes direct writes from, to and of multiples of its block: 4096 is one on every file system in use.
    private const int Block = 4096;
    private const int Capacity = 1 << 20;
    private const int WorthBypassing = 64 * 1024;

    private readonly SafeFileHandle _handle;
    private Memory<byte> _filling = AlignedBuffer();
    private Memory<byte> _spare = AlignedBuffer();
    private int _filled;
    private long _position;
    private Task _write = Task.CompletedTask;
    private bool _bypassesCache;

    /// <exception cref="IOException">The place cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Neither.</exception>
    public UncachedFile(string path) =>
        _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    private UncachedFile(SafeFileHandle handle, long length)
    {
        _handle = handle;
        // Writes begin at whole blocks: what the last one holds already is written again.
        _filled = (int)(length % Block);
        _position = length - _filled;
        for (var read = 0; read < _filled; )
        {
            var more = RandomAccess.Read(_handle, _filling.Span[read.._filled], _position + read);
            read += more > 0 ? more : throw new IOException("The file became shorter while it was opened.");
        }
    }

    /// <summary>Goes on at a file's end, or begins one. What stands behind <paramref name="keep"/> bytes is cut off; null keeps everything.</summary>
    /// <exception cref="IOException">The place cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Neither.</exception>
    public static UncachedFile Append(string path, long? keep)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var length = RandomAccess.GetLength(handle);
            if (keep < length)
            {
                length = keep.Value;
                RandomAccess.SetLength(handle, length);
            }

            return new UncachedFile(handle, length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the file once all that was written has arrived.</summary>
    public long Length => _position + _filled;

    /// <summary>Cuts the file. Nothing can be written to it afterwards.</summary>
    /// <exception cref="IOException">It cannot be cut.</exception>
    public void Cut(long length)
    {
        try
        {
            Wait();
        }
        catch (IOException)
        {
            // What could not be written is cut off.
        }

        RandomAccess.SetLength(_handle, length);
    }

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
                SendBlocks();
            }
        }
    }

    /// <summary>Writes what is still held here and makes all of it durable. More may follow.</summary>
    /// <exception cref="IOException">It could not be.</exception>
    public void Finish()
    {
        Wait();
        if (_filled >= WorthBypassing)
        {
            SendBlocks();
            Wait();
        }

        // The end is no whole block.
        if (_bypassesCache)
        {
            PageCache.Use(_handle);
            _bypassesCache = false;
        }

        RandomAccess.Write(_handle, _filling.Span[.._filled], _position);
        RandomAccess.FlushToDisk(_handle);
        var whole = _filled / Block * Block;
        _filling.Span[whole.._filled].CopyTo(_filling.Span);
        _position += whole;
        _filled -= whole;
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

    // Sends the whole blocks that are held; the rest begins the other buffer.
    private void SendBlocks()
    {
        Wait();
        if (!_bypassesCache)
        {
            PageCache.Bypass(_handle);
            _bypassesCache = true;
        }

        var whole = _filled / Block * Block;
        _filling.Span[whole.._filled].CopyTo(_spare.Span);
        _write = RandomAccess.WriteAsync(_handle, _filling[..whole], _position).AsTask();
        _position += whole;
        _filled -= whole;
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
