// Measures: `macro` the built program as a whole, `micro` its stages one by one, `crash` what it keeps when it is killed. Reads words, decides
// nothing else.

using Cti.Bench.Crash;
using Cti.Bench.Macro;
using Cti.Bench.Micro;

const string Usage = $"""
    {MacroOptions.Usage}

    {CrashOptions.Usage}

    micro [--filter PATTERN] [options of BenchmarkDotNet]
    """;

try
{
    switch (args)
    {
        case ["macro", .. var rest]:
            return MacroCommand.Run(MacroOptions.Parse(rest));
        case ["crash", .. var rest]:
            return CrashCommand.Run(CrashOptions.Parse(rest));
        case ["micro", .. var rest]:
            return MicroCommand.Run([.. rest]);
        case [Yardstick.Command, var feed, var database]:
            return Yardstick.Run(feed, database);
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (MacroException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
