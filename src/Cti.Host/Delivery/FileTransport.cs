// Records appended to a file: acknowledged after fsync, with the file's length as the receipt. What a crash left behind the last acknowledged length
// is cut off, so that for a file each change is there exactly once.

using System.Globalization;
using Cti.Host.Sinks;

namespace Cti.Host.Delivery;

/// <summary>The endpoint is a path. Failures are <see cref="FailureKind.Misconfigured"/>: a disk does not mend itself within minutes.</summary>
internal sealed class FileTransport(string path) : IDeliveryTransport
{
    private const string Prefix = "bytes:";
    private UncachedFile? _file;

    public string Endpoint => path;

    public bool TakesBack => true;

    /// <summary>Large: every send waits for the disk.</summary>
    public BatchLimits Limits => new(32_768, 8_000_000);

    /// <summary>
    /// Only what stands behind the acknowledged length is ours to cut: a shorter file was rotated away, and a new one begins. Before the first
    /// time what is there is not ours; its length is the first receipt.
    /// </summary>
    public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop) =>
        Try(() =>
        {
            _file?.Dispose();
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            _file = UncachedFile.Append(path, LengthIn(receipt));
        });

    public Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var file = _file ?? throw new InvalidOperationException("The transport is not open.");
        var before = file.Length;
        return Try(
            () =>
            {
                file.Write(batch.Body.Span);
                file.Finish();
            },
            // Half a batch must not stand there until the next run cuts it off.
            () => file.Cut(before)
        );
    }

    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<SendOutcome> Try(Action action, Action? undo = null)
    {
        try
        {
            action();
            return Task.FromResult<SendOutcome>(
                new Delivered(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_file!.Length}"))
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            try
            {
                undo?.Invoke();
            }
            catch (IOException)
            {
                // The next run cuts it: the acknowledged length is in the store.
            }

            return Task.FromResult<SendOutcome>(
                new NotDelivered(
                    FailureKind.Misconfigured,
                    "CTI-SINK-001",
                    $"{path} cannot be written: {error.Message} What it acknowledged before stands. Check the path, its permissions and the free space, then run again."
                )
            );
        }
    }

    private static long? LengthIn(string receipt) =>
        receipt.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(receipt.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : null;
}
