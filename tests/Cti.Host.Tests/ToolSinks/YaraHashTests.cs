// YARA compiles our rules of hashes and finds the files they list, and nothing else.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Trait("Tool", "yara")]
[Collection(Heavy.Name)]
public class YaraHashTests
{
    [Fact]
    public void Yara_finds_what_is_listed_and_nothing_else_until_it_is_taken_back()
    {
        if (Tools.Find("yara", "yara") is not { } yara || Tools.Find("yarac", "yara") is null)
        {
            return;
        }

        using var work = FileWork.With("{ type: yara_hashes }", "cti.yar");
        const string md5 = FileWork.ListedMd5;
        const string sha1 = FileWork.ListedSha1;
        const string sha256 = FileWork.AlsoSha256;
        work.Write("in/a.txt", $"{md5}\n{sha1}\n{sha256}\nlisted.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Equal(
            [$"cti_md5_{md5} listed.bin", $"cti_sha1_{sha1} listed.bin", $"cti_sha256_{sha256} also.bin"],
            Scan(work, yara)
        );

        work.Write("in/a.txt", $"{sha1}\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal([$"cti_sha1_{sha1} listed.bin"], Scan(work, yara));

        work.Write("in/a.txt", "listed.example.com\n");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Empty(Scan(work, yara));
    }

    private static string[] Scan(Workspace work, string yara)
    {
        var found = new List<string>();
        foreach (var file in new[] { "listed.bin", "also.bin", "other.bin" })
        {
            using var process = CtiProcess.Launch(work.Root, yara, "out/cti.yar", file);
            var result = process.Wait();
            Assert.True(result.Exit == 0, result.ToString());
            found.AddRange(result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }
}
