// What every pipeline needs of the machine: the runtime, DuckDB's library, a folder for temporary files, a clock, the tools that check outputs.
// Opens no connection to anywhere.

using System.Globalization;
using System.Runtime.InteropServices;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Doctor;

internal static class MachineChecks
{
    // Below this a spilling statement or a large download may fail.
    private const long LowSpace = 1L << 30;
    private static readonly string[] ProxyVariables =
    [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ];

    public static IEnumerable<Finding> Run(TimeProvider clock, Func<string, string?> environment)
    {
        yield return Finding.Ok(
            "runtime",
            $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors"
        );
        yield return DuckDb();
        yield return Folder("temporary files", Path.GetTempPath(), "set TMPDIR to a folder that is");
        yield return Clock(clock);
        yield return Tool(
            "named-checkzone",
            "checks RPZ zones before a resolver reads them",
            "bind9-utils",
            environment
        );
        yield return Proxies(environment);
    }

    /// <summary>Whether files can be written below a folder, which need not exist yet, and how much room is left.</summary>
    public static Finding Folder(string subject, string folder, string remedy)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } above)
        {
            existing = above;
        }

        try
        {
            // Gone again before anybody sees it: asking for permissions would not tell of a read-only or full disk.
            using (File.Create(Path.Combine(existing, $".cti-doctor-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose))
            { }
            var free = new DriveInfo(existing).AvailableFreeSpace;
            var room = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1 << 30):N1} GiB free");
            return free < LowSpace
                ? Finding.Warn(
                    subject,
                    $"{folder} is writable, {room}",
                    "make room: stores and spilled sorts need more"
                )
                : Finding.Ok(subject, $"{folder} is writable, {room}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Finding.Fail(subject, $"{folder} is not writable: {error.Message}", remedy);
        }
    }

    private static Finding DuckDb()
    {
        try
        {
            using var connection = new DuckDbConnection("Data Source=:memory:");
            connection.Open();
            return Finding.Ok("DuckDB", $"{connection.Value<string>("SELECT version()")}, its library loads");
        }
        catch (Exception error)
            when (error
                    is DuckDbException
                        or DllNotFoundException
                        or EntryPointNotFoundException
                        or BadImageFormatException
                        or TypeInitializationException
            )
        {
            return Finding.Fail(
                "DuckDB",
                $"its library does not load: {(error.InnerException ?? error).Message}",
                "build cti again on this platform: dotnet build fetches the library"
            );
        }
    }

    // There is nobody to ask for the time without a network, but two clocks: the system's, and that of the file system.
    private static Finding Clock(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var shown = now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        var built = File.GetLastWriteTimeUtc(Environment.ProcessPath ?? AppContext.BaseDirectory);
        const string Remedy = "set the clock (timedatectl): scores, withdrawals and zone serials depend on it";
        return now.UtcDateTime < built.AddDays(-1)
                ? Finding.Fail("clock", $"{shown}, which is before this program was built ({built:yyyy-MM-dd})", Remedy)
            : now.Year >= 2100 ? Finding.Fail("clock", $"{shown}, which is not believable", Remedy)
            : Finding.Ok("clock", shown);
    }

    private static Finding Tool(string program, string purpose, string package, Func<string, string?> environment)
    {
        var folders = (environment("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/sbin"]);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists) is { } found
            ? Finding.Ok(program, found)
            : Finding.Warn(
                program,
                $"not found; it {purpose}",
                $"install it (Debian: {package}), or check zones elsewhere"
            );
    }

    private static Finding Proxies(Func<string, string?> environment)
    {
        var set = ProxyVariables
            .Select(name => (Name: name, Value: environment(name)))
            .Where(variable => !string.IsNullOrEmpty(variable.Value))
            .Select(variable => $"{variable.Name}={WithoutUser(variable.Value!)}")
            .ToList();
        return Finding.Ok("proxies", set.Count == 0 ? "none set in the environment" : string.Join(", ", set));
    }

    // http://user:secret@proxy:3128 is shown as http://…@proxy:3128.
    private static string WithoutUser(string value)
    {
        var at = value.LastIndexOf('@');
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? value : (scheme < 0 ? "" : value[..(scheme + 3)]) + "…" + value[at..];
    }
}
