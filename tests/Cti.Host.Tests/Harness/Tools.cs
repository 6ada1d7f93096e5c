// Other people's programs and real data, which a developer's machine may lack and a build machine must not.

using Xunit;

namespace Cti.Host.Tests.Harness;

internal static class Tools
{
    private static bool OnBuildMachine => Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>The full path of a program; null where it is not installed, which on a build machine is a failure.</summary>
    public static string? Find(string program, string packages = "bind9, bind9-utils, bind9-dnsutils")
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]);
        var found = folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Missing(found, $"{program} is not installed (packages {packages})");
        return found;
    }

    /// <summary>The folder of real feeds beside the repository; null, with a message, where it is not there.</summary>
    public static string? RealData()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")))
            {
                var data = Path.GetFullPath(Path.Combine(folder.FullName, "../shared/data"));
                if (Directory.Exists(data))
                {
                    return data;
                }
            }
        }

        Console.WriteLine("No real feeds in ../shared/data beside the repository: nothing was tested on them.");
        return null;
    }

    private static void Missing(string? found, string message)
    {
        if (found is null)
        {
            Assert.False(OnBuildMachine, message);
            Console.WriteLine(message + ": nothing was tested with it.");
        }
    }
}
