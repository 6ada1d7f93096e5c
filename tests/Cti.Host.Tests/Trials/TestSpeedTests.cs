// 200 tests are a matter of seconds: people run them on every save (docs/performance.md has the figures of a release build).

using System.Diagnostics;
using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Trials;

[Collection(Heavy.Name)]
public class TestSpeedTests
{
    private static readonly TimeSpan Bar = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(1, 200)]
    [InlineData(20, 10)]
    public void Two_hundred_tests_take_under_three_seconds_or_little_more_than_one_on_a_busy_machine(
        int files,
        int tests
    )
    {
        using var work = new Workspace();
        var paths = Enumerable.Range(0, files).Select(file => Write(work, file, tests)).ToArray();
        var (all, one) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        // The better of two: what a neighbour does to one of them is none of ours.
        for (var round = 0; round < 2; round++)
        {
            one = Min(one, Time(work, ["test", paths[0], "--filter", "test 0"], 1));
            all = Min(all, Time(work, ["test", .. paths], files * tests));
        }

        // Where the start of the process alone is slow the machine is, not we.
        Assert.True(all < Bar || all < 4 * one, $"{files * tests} tests took {all}, one took {one}");
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Time(Workspace work, string[] arguments, int tests)
    {
        var clock = Stopwatch.StartNew();
        var result = work.CtiAlone(arguments);
        var elapsed = clock.Elapsed;
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\n{tests} {(tests == 1 ? "test" : "tests")}: {tests} ok, 0 failed"
            ),
            result.Out,
            StringComparison.Ordinal
        );
        return elapsed;
    }

    private static string Write(Workspace work, int file, int tests)
    {
        var path = $"p{file}.yaml";
        var all = Enumerable
            .Range(0, tests)
            .Select(number =>
                TestText.Test(
                    $"test {number}",
                    $"hxxp://malware{number}[.]example/x,exe|c2\\n203.0.113.{number},c2\\n010.1.1.1,\\n192.168.1.1,\\n",
                    $"indicators: [ {{ type: url, value: \"http://malware{number}.example/x\", labels: [c2, exe] }} ], sinks: {{ list: \"203.0.113.{number}\\nhttp://malware{number}.example/x\\n\" }}, counts: {{ indicators: 2, screenings: 1, dead_letters: 1 }}"
                )
            );
        // Pipelines given together may share neither names nor outputs.
        var text = TestText
            .With(string.Concat(all))
            .Replace("pipeline: p", $"pipeline: p{file}", StringComparison.Ordinal)
            .Replace("out/", $"out/{file}/", StringComparison.Ordinal);
        work.Write(path, text);
        return path;
    }
}
