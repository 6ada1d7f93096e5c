// What one stage of a running pipeline has done and whether it works just now: a few numbers that its own task writes and anybody reads.

using Cti.Core;

namespace Cti.Host.Serve;

/// <summary>One stage of one pipeline, for as long as the service lives. Written by one task at a time, read by any.</summary>
internal sealed class StageGauge(string name, TimeProvider clock)
{
    private long _in;
    private long _out;
    private long _screened;
    private long _rejected;
    private long _merged;
    private long _busySince;
    private long _progress;

    /// <summary>`read`, …, `store`, `sink:NAME`.</summary>
    public string Name { get; } = name;

    public long In => Interlocked.Read(ref _in);
    public long Out => Interlocked.Read(ref _out);
    public long Screened => Interlocked.Read(ref _screened);
    public long Rejected => Interlocked.Read(ref _rejected);
    public long Merged => Interlocked.Read(ref _merged);

    /// <summary>What it does, in a word or two; "" where it is idle.</summary>
    public string Doing { get; private set; } = "";

    /// <summary>It has work from now on.</summary>
    public void Begin(string doing)
    {
        Doing = doing;
        Interlocked.Exchange(ref _busySince, clock.GetUtcNow().UtcTicks);
    }

    /// <summary>It has none any more.</summary>
    public void End()
    {
        Doing = "";
        Interlocked.Exchange(ref _busySince, 0);
        Interlocked.Exchange(ref _progress, clock.GetUtcNow().UtcTicks);
    }

    /// <summary>It got something done.</summary>
    public void Add(StageCounts counts)
    {
        Interlocked.Add(ref _in, counts.In);
        Interlocked.Add(ref _out, counts.Out);
        Interlocked.Add(ref _screened, counts.Screened);
        Interlocked.Add(ref _rejected, counts.Rejected);
        Interlocked.Add(ref _merged, counts.Merged);
        Interlocked.Exchange(ref _progress, clock.GetUtcNow().UtcTicks);
    }

    /// <summary>For the judgement whether it is stuck.</summary>
    public StageActivity Activity(string pipeline) =>
        new(pipeline, Name, Instant(Interlocked.Read(ref _busySince)), Instant(Interlocked.Read(ref _progress)));

    private static Microsoft.FSharp.Core.FSharpValueOption<DateTimeOffset> Instant(long ticks) =>
        ticks == 0
            ? Microsoft.FSharp.Core.FSharpValueOption<DateTimeOffset>.None
            : Microsoft.FSharp.Core.FSharpValueOption<DateTimeOffset>.Some(new(ticks, TimeSpan.Zero));
}
