// Live progress on stderr: one line that is drawn over on a terminal, a plain line now and then where there is none.

using System.Diagnostics;
using System.Globalization;

namespace Cti.Host.Run;

/// <summary>Counts by the tasks of a run, shown by a timer. Safe from any thread.</summary>
public sealed class RunProgress : IDisposable
{
    private readonly string _pipeline;
    private readonly TextWriter _error;
    private readonly bool _isTerminal;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer? _timer;
    private readonly Lock _drawing = new();
    private long _records;
    private long _stored;
    private long _bytesDone;
    private long _bytesNow;
    private long _bytesExpected;
    private string _phase = "reading";
    private string _partition = "";
    private bool _drawn;

    /// <param name="pipeline">Named at the line's beginning.</param>
    /// <param name="error">Where to draw.</param>
    /// <param name="isTerminal">Whether a line can be drawn over.</param>
    /// <param name="quiet">Draw nothing.</param>
    public RunProgress(string pipeline, TextWriter error, bool isTerminal, bool quiet)
    {
        _pipeline = pipeline;
        _error = error;
        _isTerminal = isTerminal;
        if (!quiet)
        {
            var period = isTerminal ? TimeSpan.FromMilliseconds(250) : TimeSpan.FromSeconds(5);
            _timer = new Timer(_ => Draw(), null, period, period);
        }
    }

    /// <summary>A source's inputs are known: <paramref name="bytes"/> in all.</summary>
    public void Expect(long bytes)
    {
        Interlocked.Add(ref _bytesDone, Interlocked.Exchange(ref _bytesNow, 0));
        Interlocked.Add(ref _bytesExpected, bytes);
    }

    /// <summary>Records were read; the file being read is at <paramref name="bytes"/>.</summary>
    public void Read(int records, long bytes)
    {
        if (bytes < Interlocked.Read(ref _bytesNow))
        {
            Interlocked.Add(ref _bytesDone, Interlocked.Read(ref _bytesNow));
        }

        Interlocked.Exchange(ref _bytesNow, bytes);
        Interlocked.Add(ref _records, records);
    }

    /// <summary>Of a backfill: which of its partitions is being read.</summary>
    public void Partition(int number, int of, string name) =>
        _partition = string.Create(CultureInfo.InvariantCulture, $", partition {number:N0} of {of:N0} ({name})");

    /// <summary>A partition has ended. What was done before says nothing of how fast this goes.</summary>
    public void PartitionDone(long bytes, bool wasDoneBefore)
    {
        if (wasDoneBefore)
        {
            Interlocked.Add(ref _bytesExpected, -bytes);
        }
        else
        {
            Interlocked.Add(ref _bytesDone, bytes);
        }
    }

    /// <summary>Observations were committed.</summary>
    public void Stored(long observations) => Interlocked.Add(ref _stored, observations);

    /// <summary>What the run does now, in a word or two.</summary>
    public void Phase(string phase)
    {
        _phase = phase;
        _partition = phase == "reading" ? _partition : "";
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_drawing)
        {
            if (_drawn && _isTerminal)
            {
                _error.Write("\r\u001b[K");
                _error.Flush();
            }
        }
    }

    private void Draw()
    {
        var seconds = Math.Max(_clock.Elapsed.TotalSeconds, 0.001);
        var records = Interlocked.Read(ref _records);
        var done = Interlocked.Read(ref _bytesDone) + Interlocked.Read(ref _bytesNow);
        var expected = Interlocked.Read(ref _bytesExpected);
        var share = expected > 0 ? Math.Min(1.0, (double)done / expected) : 0;
        var left = share is > 0.01 and < 1 && _phase == "reading" ? $", {seconds / share * (1 - share):0} s left" : "";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{_pipeline}: {_phase}{_partition}, {records:N0} records read ({share:P0}), {Interlocked.Read(ref _stored):N0} stored, {records / seconds:N0}/s{left}"
        );
        lock (_drawing)
        {
            _drawn = true;
            _error.Write(_isTerminal ? $"\r{line}\u001b[K" : line + Environment.NewLine);
            _error.Flush();
        }
    }
}
