// What the repository ships beside its code is current: pipelines hold, the schema and the page of codes are complete.

using System.Text.RegularExpressions;
using Cti.Core.Declare;
using Cti.Host.Config;
using Xunit;

namespace Cti.Host.Tests.Examples;

public partial class ShippedFileTests
{
    public static TheoryData<string> Pipelines() =>
        [
            .. Directory
                .GetFiles(Repository.PathOf("pipelines"), "*.yaml")
                .Select(path => Path.GetFileName(path))
                .Order(),
        ];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void A_shipped_pipeline_holds_names_its_licence_and_brings_tests(string file)
    {
        var loaded = PipelineFile.Load(Repository.PathOf("pipelines/" + file));
        Assert.Empty(loaded.Diagnostics);
        Assert.NotNull(loaded.Pipeline);
        Assert.All(
            loaded.Pipeline.Sources,
            source => Assert.True(source.Trust.License.IsSome, $"{source.Name} names no licence")
        );
        Assert.NotEmpty(loaded.Pipeline.Tests);
    }

    // Parts that pipelines use are shipped, too; an editor checks them all. tests/schema has ajv judge them by the schema they name.
    [Fact]
    public void The_first_line_of_every_shipped_yaml_leads_to_the_schema()
    {
        var folder = Repository.PathOf("pipelines");
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories))
        {
            var first = File.ReadLines(path).First();
            Assert.StartsWith("# yaml-language-server: $schema=", first, StringComparison.Ordinal);
            var schema = Path.GetFullPath(
                first[(first.IndexOf('=', StringComparison.Ordinal) + 1)..],
                Path.GetDirectoryName(path)!
            );
            Assert.True(File.Exists(schema), $"{path} names {schema}");
            Assert.EndsWith(".schema.json", schema, StringComparison.Ordinal);
        }
    }

    // To refresh it: cti schema > pipelines/pipeline.schema.json
    [Fact]
    public void The_schema_that_editors_use_is_the_one_that_cti_prints() =>
        Assert.Equal(
            PipelineSchema.json().TrimEnd(),
            File.ReadAllText(Repository.PathOf("pipelines/pipeline.schema.json")).TrimEnd()
        );

    // To refresh it: cti schema --part sources.trust > pipelines/common/trust.schema.json
    [Fact]
    public void The_schema_of_the_shipped_part_is_the_one_that_cti_prints() =>
        Assert.Equal(
            PipelineSchema.part("sources.trust").ResultValue.TrimEnd(),
            File.ReadAllText(Repository.PathOf("pipelines/common/trust.schema.json")).TrimEnd()
        );

    // To refresh it: cti schema --format markdown > docs/reference.md
    [Fact]
    public void The_reference_page_is_the_one_that_cti_prints() =>
        Assert.Equal(
            PipelineSchema.markdown().TrimEnd(),
            File.ReadAllText(Repository.PathOf("docs/reference.md")).TrimEnd()
        );

    [Fact]
    public void Every_code_in_the_source_stands_on_the_page_of_codes_and_no_other_does()
    {
        var source = Directory
            .EnumerateFiles(Repository.PathOf("src"), "*.*", SearchOption.AllDirectories)
            .Where(path =>
                path.EndsWith(".fs", StringComparison.Ordinal) || path.EndsWith(".cs", StringComparison.Ordinal)
            )
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(path => CodesIn(File.ReadAllText(path)));
        var page = CodesIn(File.ReadAllText(Repository.PathOf("docs/codes.md")));
        Assert.Equal(source.Distinct().Order(StringComparer.Ordinal), page.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Links_between_the_pages_lead_somewhere()
    {
        string[] pages = ["README.md", "CHANGELOG.md", .. Pages("docs")];
        var broken =
            from page in pages
            from Match link in Link().Matches(File.ReadAllText(Repository.PathOf(page)))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            let folder = Path.GetDirectoryName(Repository.PathOf(page))!
            where !Path.Exists(Path.Combine(folder, target))
            select $"{page}: {target}";
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Pages(string folder) =>
        Directory
            .EnumerateFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Folder, path));

    private static IEnumerable<string> CodesIn(string text) => Code().Matches(text).Select(match => match.Value);

    [GeneratedRegex("CTI-[A-Z]+-[0-9]{3}")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
