// Shipped pipelines keep the tests they carry.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Examples;

public class ShippedPipelineTests
{
    [Fact]
    public void Shipped_pipelines_keep_their_tests()
    {
        using var work = new Workspace();
        var files = Directory.GetFiles(Repository.PathOf("pipelines"), "*.yaml").Order(StringComparer.Ordinal);
        var result = work.Cti(["test", .. files, "--json"]);
        Assert.True(result.Exit == 0, result.ToString());
        // None without tests of its own.
        Assert.Equal(
            files,
            result
                .Json.GetProperty("tests")
                .EnumerateArray()
                .Select(test => test.GetProperty("file").GetString()!)
                .Distinct()
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(work.Root));
    }
}
