// Measures: `macro` the built program as a whole, `backpressure` it with a slow sink, `micro` its stages one by one, `crash` what it keeps when it is
// killed, `stix` how STIX is read, `extract` how fast reports are, `plan` what a plan costs, `pages` what a page of a collection does. Reads words, decides nothing else.

using Cti.Bench.Backpressure;
using Cti.Bench.Crash;
using Cti.Bench.Extract;
using Cti.Bench.Macro;
using Cti.Bench.Micro;
using Cti.Bench.Pages;
using Cti.Bench.Plan;
using Cti.Bench.Stix;

const string Usage = $"""
    {MacroOptions.Usage}

    {BackpressureCommand.Usage}

    {CrashOptions.Usage}

    {StixCommand.Usage}
    {StixRun.Usage}
    {ExtractBench.Usage}
    {PlanCommand.Usage}
    {PagesCommand.Usage}

    micro [--filter PATTERN] [options of BenchmarkDotNet]
    """;

try
{
    switch (args)
    {
        case ["macro", .. var rest]:
            return MacroCommand.Run(MacroOptions.Parse(rest));
        case ["backpressure", .. var rest]:
            return BackpressureCommand.Run(rest);
        case ["crash", .. var rest]:
            return CrashCommand.Run(CrashOptions.Parse(rest));
        case ["stix", .. var rest]:
            return StixCommand.Run([.. rest]);
        case ["plan", .. var rest]:
            return PlanCommand.Run([.. rest]);
        case ["pages", .. var rest]:
            return PagesCommand.Run([.. rest]);
        case ["extract"]:
            return ExtractBench.Run(null);
        case ["extract", var folder]:
            return ExtractBench.Run(folder);
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
