// Throws damaged input at everything that reads what others wrote, for a given time: readers, the stages behind them, lists, YAML, single values.
// A fault is an exception, a promise that does not hold (see the targets) or an input that takes too long. The input is then saved, and the
// command that repeats it is printed.

using System.Diagnostics;
using System.Globalization;
using Cti.Fuzz;

var options = FuzzOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}

ITarget[] targets =
[
    .. ReadTarget.All(),
    new DeclareTarget(),
    new ListTarget(),
    new TableTarget(),
    new EncodingTarget(),
    new ValueTarget(),
    new ExtractTarget(),
];
if (options.Replay is { } replay)
{
    var target = targets.SingleOrDefault(target => target.Name == replay.Target);
    if (target is null)
    {
        Console.Error.WriteLine(
            $"no target {replay.Target}; there are: {string.Join(", ", targets.Select(one => one.Name))}"
        );
        return 2;
    }

    target.Try(File.ReadAllBytes(replay.File), new Random(replay.Seed));
    Console.WriteLine("no fault");
    return 0;
}

var corpus = Corpus.Load(options.Folders);
if (corpus.Count == 0)
{
    Console.Error.WriteLine("there is nothing to mutate: name a folder with --data");
    return 2;
}

Console.WriteLine(
    $"{corpus.Count} files, {targets.Length} targets, {options.Seconds} s, seed {options.Seed.ToString(CultureInfo.InvariantCulture)}"
);
using var watch = new Watch(TimeSpan.FromSeconds(20));
var random = new Random(options.Seed);
var clock = Stopwatch.StartNew();
var tries = new Dictionary<string, long>(StringComparer.Ordinal);
long bytes = 0;
while (clock.Elapsed.TotalSeconds < options.Seconds)
{
    var (name, input) = corpus.Pick(random);
    input = Mutation.Apply(input, corpus, random);
    var target = targets[random.Next(targets.Length)];
    var seed = random.Next();
    watch.Begin(target.Name, name, input, seed);
    try
    {
        target.Try(input, new Random(seed));
    }
#pragma warning disable CA1031 // Whatever it is, it is a fault and has to be told.
    catch (Exception error)
#pragma warning restore CA1031
    {
        Console.WriteLine(Fault.Save(target.Name, name, input, seed, error.ToString()));
        return 1;
    }

    watch.End();
    tries[target.Name] = tries.GetValueOrDefault(target.Name) + 1;
    bytes += input.Length;
}

foreach (var (name, count) in tries.OrderBy(pair => pair.Key, StringComparer.Ordinal))
{
    Console.WriteLine($"{name, -24}{count, 10:N0}");
}

Console.WriteLine(
    $"{tries.Values.Sum():N0} inputs, {bytes / 1e6:N0} MB in {clock.Elapsed.TotalSeconds:N0} s: no crash, no hang, books balance; slowest {watch.Slowest.TotalSeconds:N2} s ({watch.SlowestName})"
);
return 0;
