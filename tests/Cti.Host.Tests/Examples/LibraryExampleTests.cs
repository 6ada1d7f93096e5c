// The worked examples of using Cti.Core.Fs alone say what they should, in F# and in C# the same.

using System.Text.Json;
using Xunit;

namespace Cti.Host.Tests.Examples;

public class LibraryExampleTests
{
    private static readonly string FromFSharp = Printed(Example.FSharp.Program.run);
    private static readonly string FromCSharp = Printed(Example.CSharp.Program.Run);

    [Fact]
    public void The_example_normalises_screens_and_scores() =>
        Assert.Equal(
            [
                "hxxps://cdn[.]example/lib.js: url https://cdn.example/lib.js, CTI-SCREEN-001, Shared services, cdn.example",
                "010.1.1.1: CTI-NORM-008",
                "hxxp://malware[.]example/x: url http://malware.example/x, passes",
                "honeypots 7400, mail-desk 6375; score 6038",
            ],
            FromFSharp.Split('\n').Take(4)
        );

    [Fact]
    public void The_example_ends_with_a_STIX_bundle_of_its_indicator()
    {
        var json = string.Join('\n', FromFSharp.Split('\n').Skip(4));
        using var bundle = JsonDocument.Parse(json);
        var indicator = bundle
            .RootElement.GetProperty("objects")
            .EnumerateArray()
            .Single(item => item.GetProperty("type").GetString() == "indicator");
        Assert.Equal("[url:value = 'http://malware.example/x']", indicator.GetProperty("pattern").GetString());
        Assert.Equal(90, indicator.GetProperty("confidence").GetInt32());
        Assert.Equal("2025-12-24T00:00:00.000Z", indicator.GetProperty("valid_from").GetString());
    }

    [Fact]
    public void The_facade_for_CSharp_gives_byte_for_byte_what_the_modules_give() =>
        Assert.Equal(FromFSharp, FromCSharp);

    private static string Printed(Action<TextWriter> example)
    {
        using var output = new StringWriter { NewLine = "\n" };
        example(output);
        return output.ToString();
    }
}
