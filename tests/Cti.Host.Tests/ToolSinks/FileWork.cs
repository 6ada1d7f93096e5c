// A pipeline with one list of values and one sink, and files with known contents: for tests of tools that look at files.

using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.ToolSinks;

internal static class FileWork
{
    // Of listed.bin and also.bin, as coreutils compute them.
    public const string ListedMd5 = "ee15f9265c26d2d0dcddfdbf3bfb5cfe";
    public const string ListedSha1 = "d8cb8c84bf54f023133f66055a9267a009a24f55";
    public const string AlsoMd5 = "fb807eb40aa0c869edee0267d5c11c4f";
    public const string AlsoSha256 = "03c4fc4b87b91f7ae194e5342d6c52644ee373651aee0099ff34cbb782b0e8dd";

    /// <summary>Source `a` reads in/a.txt whole at every run; `set` writes `out/` + file.</summary>
    public static Workspace With(string render, string file, string sink = "check: { type: built_in }")
    {
        var work = new Workspace();
        work.Write("p.yaml", SetPipeline.Text(render, $"out/{file}", sink));
        work.Write("listed.bin", "a listed file");
        work.Write("also.bin", "another listed file");
        work.Write("other.bin", "a file that nobody lists");
        return work;
    }
}
