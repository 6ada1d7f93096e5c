// Values to canonical values, type by type: with the type told by the feed, and with the type recognised from the value.

using BenchmarkDotNet.Attributes;
using Cti.Bench.Macro;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>Per value.</summary>
public class NormaliseBenchmarks
{
    private const int Count = 16_384;
    private readonly TextColumn _values = new(Count, 64);
    private readonly byte[] _target = new byte[Normalise.bound(512)];
    private TypeHint _told;

    [Params("ipv4", "domain", "url", "url defanged", "md5", "sha256")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _told = TypeHint.NewFixed(ObservableTypeModule.tryParse(Kind.Split(' ')[0]).Value);
        for (var number = 0; number < Count; number++)
        {
            var dice = new Dice(7, (ulong)number);
            var room = _values.Reserve(512);
            var length = Kind switch
            {
                "ipv4" => Values.Ipv4(ref dice, room),
                "domain" => Values.Domain(ref dice, room),
                "md5" => Values.Hash(ref dice, 32, room),
                "sha256" => Values.Hash(ref dice, 64, room),
                _ => Values.Url(ref dice, room),
            };
            _values.Commit(Kind == "url defanged" ? Defang(room, length) : length);
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int TypeTold() => All(_told);

    [Benchmark(OperationsPerInvoke = Count)]
    public int TypeRecognised() => All(TypeHint.Auto);

    private int All(TypeHint hint)
    {
        var length = 0;
        for (var row = 0; row < _values.Count; row++)
        {
            length += Normalise.into(hint, _values[row], _target).Length;
        }

        return length;
    }

    // `http://a.b/` to `hxxp://a[.]b/`: what analysts write. The first dot only, so that the value keeps its size.
    private static int Defang(Span<byte> text, int length)
    {
        text[1] = text[2] = (byte)'x';
        var dot = text[..length].IndexOf((byte)'.');
        text[(dot + 1)..length].CopyTo(text[(dot + 3)..]);
        "[.]"u8.CopyTo(text[dot..]);
        return length + 2;
    }
}
