// What the shell is told.

using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int DeadLetters = 3;
    public const int Waiting = 4;
    public const int TestFailed = 5;
    public const int Drained = 130;
    public const int Aborted = 131;

    // Of several pipelines the gravest outcome is told: something failed before something waits.
    private static readonly int[] Gravity = [Done, DeadLetters, Waiting, Failed, Drained, Aborted];

    /// <summary>The graver of two exit codes.</summary>
    public static int Worse(int left, int right) =>
        Array.IndexOf(Gravity, left) >= Array.IndexOf(Gravity, right) ? left : right;

    /// <summary>The exit code of a run.</summary>
    public static int Of(RunStatus status, bool strictWithDeadLetters) =>
        status switch
        {
            RunStatus.Done => strictWithDeadLetters ? DeadLetters : Done,
            RunStatus.Waiting => Waiting,
            RunStatus.Drained => Drained,
            RunStatus.Aborted => Aborted,
            _ => Failed,
        };
}
