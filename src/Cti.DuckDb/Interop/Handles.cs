// Owners of what DuckDB's C API hands out: each frees its object exactly once, also when nobody disposes it.
// Knows: which C call frees what. Must not know: connections, commands, readers.

using System.Runtime.InteropServices;

namespace Cti.DuckDb.Interop;

/// <summary>
/// Common part of all handles: a pointer, freed by a call that takes the pointer's address, and the handle of the
/// object that it lives in, which is kept open until then, in whatever order owners (or finalisers) let go.
/// </summary>
internal abstract class NativeHandle() : SafeHandle(0, ownsHandle: true)
{
    private NativeHandle? _parent;

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps <paramref name="parent"/> open until this handle is freed. At most once per handle.</summary>
    public void LiveIn(NativeHandle parent)
    {
        var held = false;
        parent.DangerousAddRef(ref held);
        _parent = parent;
    }

    protected abstract void Free(ref nint pointer);

    protected sealed override bool ReleaseHandle()
    {
        Free(ref handle);
        _parent?.DangerousRelease();
        return true;
    }
}

internal sealed class InstanceCacheHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.DestroyInstanceCache(ref pointer);
}

internal sealed class ConfigHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.DestroyConfig(ref pointer);
}

internal sealed class DatabaseHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.Close(ref pointer);
}

internal sealed class ConnectionHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.Disconnect(ref pointer);
}

internal sealed class ExtractedHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.DestroyExtracted(ref pointer);
}

internal sealed class StatementHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.DestroyPrepare(ref pointer);
}

internal sealed class PendingHandle : NativeHandle
{
    protected override void Free(ref nint pointer) => NativeMethods.DestroyPending(ref pointer);
}

internal sealed class ChunkHandle : NativeHandle
{
    public ChunkHandle() { }

    public ChunkHandle(nint pointer) => SetHandle(pointer);

    protected override void Free(ref nint pointer) => NativeMethods.DestroyDataChunk(ref pointer);
}

internal sealed class AppenderHandle : NativeHandle
{
    protected override void Free(ref nint pointer)
    {
        // Destroying an appender would write what it still holds; only Close may do that.
        _ = NativeMethods.AppenderClear(pointer);
        _ = NativeMethods.AppenderDestroy(ref pointer);
    }
}

internal sealed class TypeHandle : NativeHandle
{
    public TypeHandle(nint pointer) => SetHandle(pointer);

    protected override void Free(ref nint pointer) => NativeMethods.DestroyLogicalType(ref pointer);
}

internal sealed class ValueHandle : NativeHandle
{
    public ValueHandle(nint pointer) => SetHandle(pointer);

    protected override void Free(ref nint pointer) => NativeMethods.DestroyValue(ref pointer);
}

internal sealed class ErrorDataHandle : NativeHandle
{
    public ErrorDataHandle(nint pointer) => SetHandle(pointer);

    protected override void Free(ref nint pointer) => NativeMethods.DestroyErrorData(ref pointer);
}

/// <summary>A <c>duckdb_result</c> in native memory: the structure itself lives as long as the handle.</summary>
internal sealed unsafe class ResultHandle : NativeHandle
{
    public ResultHandle() => SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(NativeResult)));

    /// <summary>The structure; read it only while a reference to the handle is held.</summary>
    public NativeResult* Structure => (NativeResult*)handle;

    protected override void Free(ref nint pointer)
    {
        NativeMethods.DestroyResult((NativeResult*)pointer);
        NativeMemory.Free((void*)pointer);
        pointer = 0;
    }
}
