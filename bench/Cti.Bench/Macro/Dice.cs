// Reproducible randomness that can start anywhere: the dice of row 7 fall the same whether or not rows 0 to 6 were made.

namespace Cti.Bench.Macro;

/// <summary>SplitMix64 over a seed and a place. Equal arguments give equal throws on every machine.</summary>
internal struct Dice(ulong seed, ulong place)
{
    private ulong _state = Mix(seed ^ Mix(place + 0x9E3779B97F4A7C15));

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)((Next() >> 32) * (ulong)bound >> 32);

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True in <paramref name="share"/> of 10,000 throws.</summary>
    public bool Chance(int share) => Below(10_000) < share;

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
