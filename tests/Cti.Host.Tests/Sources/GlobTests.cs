using Cti.Host.Sources;
using Xunit;

namespace Cti.Host.Tests.Sources;

public sealed class GlobTests : SourceFixture
{
    [Theory]
    [InlineData("*", "a.txt,b.csv")]
    [InlineData("*.txt", "a.txt")]
    [InlineData("?.txt", "a.txt")]
    [InlineData("a.txt", "a.txt")]
    [InlineData("**/*.txt", "a.txt,d/c.txt,d/e/f.txt")]
    [InlineData("d/**", "d/c.txt,d/e/f.txt")]
    [InlineData("*/*.txt", "d/c.txt")]
    [InlineData("d/**/f.txt", "d/e/f.txt")]
    [InlineData(".h*", ".hidden.txt")]
    public void A_pattern_finds_its_files(string pattern, string expected)
    {
        foreach (var name in (string[])["b.csv", "a.txt", ".hidden.txt", "d/c.txt", "d/e/f.txt", ".git/x.txt"])
        {
            Write(name, "");
        }
        Assert.Equal(expected.Split(',').Select(PathOf), FileSource.Match([PathOf(pattern)]));
    }

    [Fact]
    public void Files_are_distinct_and_in_ordinal_order()
    {
        foreach (var name in (string[])["b", "B", "a10", "a2"])
        {
            Write(name, "");
        }
        Assert.Equal(
            ((string[])["B", "a10", "a2", "b"]).Select(PathOf),
            FileSource.Match([PathOf("*"), PathOf("b"), PathOf("a?")])
        );
    }

    [Fact]
    public void Missing_files_empty_patterns_and_directories_are_clear_errors()
    {
        Assert.Equal("CTI-SOURCE-001", Fails(PathOf("none.txt")).Code);
        Assert.Equal("CTI-SOURCE-001", Fails(PathOf("*.none")).Code);
        Assert.Equal("CTI-SOURCE-001", Fails(PathOf("none/**/*.txt")).Code);
        Assert.Equal("CTI-SOURCE-002", Fails(Root).Code);
        Assert.Contains("none.txt", Fails(PathOf("none.txt")).Message, StringComparison.Ordinal);

        static SourceException Fails(string glob) => Assert.Throws<SourceException>(() => FileSource.Match([glob]));
    }

    [Fact]
    public void A_link_in_a_circle_is_not_followed()
    {
        Write("d/a.txt", "");
        Directory.CreateSymbolicLink(PathOf("d/loop"), Root);
        Assert.Equal([PathOf("d/a.txt")], FileSource.Match([PathOf("**/*.txt")]));
    }

    [Fact]
    public void Hostile_patterns_end()
    {
        Write(new string('a', 200), "");
        var pattern = string.Concat(Enumerable.Repeat("*a", 50)) + "b";
        Assert.Throws<SourceException>(() => FileSource.Match([PathOf(pattern)]));
    }
}
