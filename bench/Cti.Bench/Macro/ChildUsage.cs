// Processor time of children that have ended, from the kernel. The framework's Process class reaps a child itself and then knows nothing of what it
// used; getrusage(RUSAGE_CHILDREN) still does, summed over all children that were reaped.

using System.Runtime.InteropServices;

namespace Cti.Bench.Macro;

/// <summary>Resource usage of reaped children. 64-bit Linux.</summary>
internal static unsafe partial class ChildUsage
{
    private const int Children = -1;

    /// <summary>User and system time of all children reaped so far.</summary>
    /// <exception cref="MacroException">Another system, or the kernel refuses.</exception>
    public static TimeSpan Processor()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new MacroException("macro measures child processes as Linux tells of them; it needs Linux");
        }

        Usage usage;
        return GetUsage(Children, &usage) == 0
            ? usage.User.Span + usage.System.Span
            : throw new MacroException($"getrusage failed with error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetUsage(int who, Usage* usage);

    /// <summary>struct timeval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        private readonly long _seconds;
        private readonly long _microseconds;

        public TimeSpan Span => TimeSpan.FromSeconds(_seconds) + TimeSpan.FromMicroseconds(_microseconds);
    }

    /// <summary>struct rusage: two times and fourteen counters that are of no interest here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct Usage
    {
        public Time User;
        public Time System;
    }
}
