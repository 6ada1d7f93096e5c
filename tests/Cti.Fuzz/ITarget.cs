// What can be fuzzed, and how a fault is told.

namespace Cti.Fuzz;

/// <summary>Something that takes bytes of any kind and makes promises about them.</summary>
internal interface ITarget
{
    /// <summary>Names it in reports and for --replay.</summary>
    string Name { get; }

    /// <summary>Tries one input. Throws when a promise does not hold.</summary>
    void Try(byte[] input, Random random);
}

/// <summary>A promise that did not hold.</summary>
internal sealed class BrokenPromise(string message) : Exception(message);

internal static class Fault
{
    /// <summary>Saves an input that made a fault; gives what a person is told.</summary>
    public static string Save(string target, string name, byte[] input, int seed, string what)
    {
        var folder = Path.Combine(Repository.Root(), "out", "fuzz");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{target.Replace(' ', '_')}-{seed}.bin");
        File.WriteAllBytes(path, input);
        return $"FAULT in {target}, from {name}: {what}{Environment.NewLine}"
            + $"again: dotnet run -c Release --project tests/Cti.Fuzz -- --replay {path} --target \"{target}\" --seed {seed}";
    }
}

/// <summary>Ends the process when one input takes too long: a hang cannot be caught from inside.</summary>
internal sealed class Watch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private (string Target, string Name, byte[] Input, int Seed, long Since)? _current;

    public Watch(TimeSpan limit)
    {
        _limit = limit;
        _timer = new Timer(_ => Check(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public TimeSpan Slowest { get; private set; }

    public string SlowestName { get; private set; } = "none";

    public void Begin(string target, string name, byte[] input, int seed)
    {
        lock (_lock)
        {
            _current = (target, name, input, seed, TimeProvider.System.GetTimestamp());
        }
    }

    public void End()
    {
        lock (_lock)
        {
            var (target, name, _, _, since) = _current!.Value;
            var took = TimeProvider.System.GetElapsedTime(since);
            if (took > Slowest)
            {
                (Slowest, SlowestName) = (took, $"{target}, {name}");
            }

            _current = null;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        lock (_lock)
        {
            if (_current is { } current && TimeProvider.System.GetElapsedTime(current.Since) > _limit)
            {
                Console.WriteLine(
                    Fault.Save(
                        current.Target,
                        current.Name,
                        current.Input,
                        current.Seed,
                        $"takes more than {_limit.TotalSeconds:N0} s"
                    )
                );
                Environment.Exit(1);
            }
        }
    }
}
