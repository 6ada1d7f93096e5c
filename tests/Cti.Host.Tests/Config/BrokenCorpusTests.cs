// tests/corpus/broken: broken pipeline files, each with what `cti validate` prints. Every text there was read by a person: can the file be mended
// from the message alone? To refresh after a change of words: CTI_UPDATE_EXPECTED=1 dotnet test --filter BrokenCorpus, then read the diff.

using Cti.Host.Config;
using Cti.Host.Tests.Examples;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Config;

public class BrokenCorpusTests
{
    private static readonly string Folder = Repository.PathOf("tests/corpus/broken");

    // Files of one number are given together; what is expected stands under the first one's name.
    public static TheoryData<string> Cases() => [.. Numbers().Select(group => group.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_broken_pipeline_is_told_as_expected(string number)
    {
        var names = Numbers().Single(group => group.Key == number).ToList();
        var (exit, printed) = Validate(names);
        Assert.Equal(2, exit);
        var path = Path.Combine(Folder, Path.ChangeExtension(names[0], ".expected"));
        if (Environment.GetEnvironmentVariable("CTI_UPDATE_EXPECTED") == "1")
        {
            File.WriteAllText(path, printed);
        }

        Assert.Equal(File.ReadAllText(path), printed);
        Assert.DoesNotContain('\u001b', printed);
    }

    [Fact]
    public void The_corpus_is_what_the_command_prints_and_every_expected_text_has_its_file()
    {
        Assert.True(Cases().Count >= 60, "the corpus must hold at least 60 broken pipelines");
        var names = Numbers().Select(group => group.First()).ToList();
        // The others are read in this process: a hundred starts of `cti` cost half a minute.
        using var process = CtiProcess.Start(Folder, ["validate", names[0]]);
        var result = process.Wait();
        Assert.Equal(2, result.Exit);
        Assert.Equal(Validate([names[0]]).Printed, result.Error);
        Assert.Equal(
            names.Select(name => Path.ChangeExtension(name, ".expected")).Order(StringComparer.Ordinal),
            Directory
                .EnumerateFiles(Folder, "*.expected")
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal)
        );
    }

    private static (int Exit, string Printed) Validate(IReadOnlyList<string> names)
    {
        var files = PipelineSet.Check([
            .. names.Select(name => PipelineFile.Load(Path.Combine(Folder, name)) with { Path = name }),
        ]);
        var writer = new StringWriter { NewLine = "\n" };
        foreach (var file in files.Where(file => file.Pipeline is null))
        {
            DiagnosticPrinter.Print(writer, file);
        }

        return (files.All(file => file.Pipeline is not null) ? 0 : 2, writer.ToString());
    }

    private static List<IGrouping<string, string>> Numbers() =>
        [
            .. Directory
                .EnumerateFiles(Folder, "*.yaml")
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal)
                .GroupBy(name => name[..3]),
        ];
}
