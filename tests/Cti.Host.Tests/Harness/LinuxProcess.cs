// Whether a process that a test started still runs.

namespace Cti.Host.Tests.Harness;

/// <summary>Processes by their id, as the kernel's process table tells of them.</summary>
public static class LinuxProcess
{
    /// <summary>True while the process runs. A killed process may stay in the table as a zombie until its parent asks for it: that is not running.</summary>
    public static bool IsRunning(string id)
    {
        var state = $"/proc/{id.Trim()}/stat";
        try
        {
            return File.Exists(state) && !File.ReadAllText(state).Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The kernel refuses the reading (ESRCH) when the process ends between the opening and the reading.
            return false;
        }
    }
}
