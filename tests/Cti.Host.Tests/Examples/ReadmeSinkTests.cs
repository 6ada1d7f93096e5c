// The README's table of sinks promises a test in every cell: each must be there, and be one that CI runs.

using System.Reflection;
using System.Text.RegularExpressions;
using Cti.Host.Tests.Sinks;
using Xunit;

namespace Cti.Host.Tests.Examples;

public sealed partial class ReadmeSinkTests
{
    private static readonly string[] Rows = TableOfSinks(File.ReadAllText(Repository.PathOf("README.md")));

    // Classes of this project, and modules of the core's tests by their source.
    private static readonly Type[] Ours = typeof(ReadmeSinkTests).Assembly.GetTypes();
    private static readonly string Core = string.Concat(
        Directory
            .EnumerateFiles(Repository.PathOf("tests/Cti.Core.Tests"), "*Tests.fs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
    );

    [Fact]
    public void Every_test_that_the_table_of_sinks_names_is_there_and_is_run_by_ci()
    {
        var named = Rows.SelectMany(row => TestName().Matches(row).Select(match => match.Groups[1].Value))
            .Distinct()
            .ToList();
        Assert.True(named.Count > 30, $"only {named.Count} tests are named");
        Assert.Equal([], named.Where(name => !IsRunByCi(name)));
    }

    [Fact]
    public void No_cell_of_the_table_of_sinks_is_empty()
    {
        Assert.True(Rows.Length > 20, $"only {Rows.Length} rows");
        Assert.All(Rows, row => Assert.All(Cells(row), cell => Assert.NotEqual("", cell)));
    }

    [Fact]
    public void Every_sink_that_the_table_refers_to_the_test_of_all_formats_is_in_it()
    {
        Assert.True(IsRunByCi(nameof(EveryStateSinkTests)));
        var told = Rows.Where(row => Cells(row)[^1].Split(", ")[0] == "E")
            .SelectMany(row => Renderer().Matches(row).Select(match => match.Groups[1].Value))
            .ToList();
        Assert.True(told.Count > 20, $"only {told.Count} sinks are referred to it");
        Assert.Equal([], told.Except(StateFormats.All.Select(format => format.Renderer)));
    }

    private static bool IsRunByCi(string name) =>
        Ours.Any(type => type.Name == name && !IsLong(type) && TestsOf(type).Any(test => !IsLong(test)))
        || Regex.IsMatch(Core, $@"^module Cti\.Core\.Tests\.{name}$", RegexOptions.Multiline)
            && !Core.Contains("\"Speed\"", StringComparison.Ordinal);

    private static IEnumerable<MethodInfo> TestsOf(Type type) =>
        type.GetMethods().Where(method => method.GetCustomAttributes<FactAttribute>().Any());

    private static bool IsLong(MemberInfo member) =>
        member
            .GetCustomAttributesData()
            .Any(attribute =>
                attribute.AttributeType == typeof(TraitAttribute)
                && attribute.ConstructorArguments is [{ Value: "Speed" }, { Value: "Long" }]
            );

    private static string[] TableOfSinks(string readme) =>
        [.. readme.Split("\n| sink |")[1].Split("\n\n")[0].Split('\n').Skip(2).Where(line => line.StartsWith('|'))];

    private static string[] Cells(string row) => [.. row.Trim('|').Split('|').Select(cell => cell.Trim())];

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\(docs/renderers/(\w+)\.md\)")]
    private static partial Regex Renderer();
}
