// `stix`: what it costs to read and check STIX objects, and how much memory it takes however large the bundle is.

using System.Globalization;
using System.Text;
using Cti.Core;
using Microsoft.FSharp.Core;

namespace Cti.Bench.Stix;

/// <summary>Reads a made bundle in blocks as the host does. Making it is measured alone first and taken off.</summary>
internal static class StixCommand
{
    public const string Usage = """
        stix [--objects COUNT]           reads and checks STIX objects of a bundle made on the way; default 200000
        """;

    private const int StandardObjects = 200_000;

    private const int BlockBytes = 1 << 20;
    private const int BatchRecords = 4096;

    public static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case []:
                return Measure(StandardObjects);
            case ["--objects", var count] when Number(count) is { } objects:
                return Measure(objects);
            case ["--run"]:
                return StixRun.Run(StandardObjects, null);
            case ["--run", "--cti", var cti]:
                return StixRun.Run(StandardObjects, cti);
            case ["--run", "--objects", var count] when Number(count) is { } objects:
                return StixRun.Run(objects, null);
            case ["--run", "--objects", var count, "--cti", var cti] when Number(count) is { } objects:
                return StixRun.Run(objects, cti);
            default:
                Console.Error.WriteLine($"{Usage}\n{StixRun.Usage}");
                return 2;
        }
    }

    private static int? Number(string count) =>
        int.TryParse(count, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : null;

    private static int Measure(int objects)
    {
        // Once to warm up; what a run measures is the second time.
        Read(Math.Min(objects, 50_000), reads: true);
        var making = Read(objects, reads: false);
        var all = Read(objects, reads: true);
        var micros = (all.Processor - making.Processor).TotalMicroseconds / objects;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{objects} objects, {all.Bytes / 1e6:F1} MB: {all.Records} records, {all.Kept} kept, {all.Rejected} rejected"
            )
        );
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CPU per object: {micros:F2} us"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory: {PeakBytes() / 1e6:F0} MB"));
        return all.Kept == objects && all.Rejected == 0 ? 0 : 1;
    }

    private sealed record Reading(TimeSpan Processor, long Bytes, long Records, long Kept, long Rejected);

    private static Reading Read(int objects, bool reads)
    {
        var before = Environment.CpuUsage.TotalTime;
        var bundle = new BundleStream(objects);
        var reader = new StixFormat().Reader(ReaderStartModule.beginning);
        var batch = new RawBatch(BatchRecords);
        var text = new StringBuilder(BlockBytes + 4096);
        var block = new byte[4 * BlockBytes];
        long bytes = 0,
            records = 0,
            kept = 0,
            rejected = 0;
        var held = 0;
        var more = true;
        while (more)
        {
            text.Clear();
            more = bundle.Append(text, BlockBytes);
            foreach (var chunk in text.GetChunks())
            {
                held += Encoding.UTF8.GetBytes(chunk.Span, block.AsSpan(held));
            }
            bytes += text.Length;
            if (!reads)
            {
                held = 0;
                continue;
            }
            var start = 0;
            ReadProgress progress;
            do
            {
                batch.Clear();
                progress = reader.Read(block, start, held - start, !more, BatchRecords, batch);
                start += progress.Consumed;
                records += batch.Count;
                kept += batch.Objects.Count;
                rejected += batch.Rejections.Count;
            } while (!progress.NeedMore);
            block.AsSpan(start, held - start).CopyTo(block);
            held -= start;
        }
        return new(Environment.CpuUsage.TotalTime - before, bytes, records, kept, rejected);
    }

    private static long PeakBytes()
    {
        var line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
    }
}
