// Pipelines over the real feeds beside the repository.

namespace Cti.Host.Tests.Harness;

internal static class RealFeeds
{
    /// <summary>
    /// A workspace with the pipeline <c>p</c> in <c>p.yaml</c>, its store in <c>out/s.duckdb</c>, and what <paramref name="rest"/> writes of it for the folder
    /// of the feeds; null, with a message, where there is none.
    /// </summary>
    public static Workspace? Pipeline(Func<string, string> rest)
    {
        if (Tools.RealData() is not { } data)
        {
            return null;
        }

        var work = new Workspace();
        work.Write("p.yaml", $"pipeline: p\nstore: out/s.duckdb\n{rest(data)}");
        return work;
    }
}
