// Asks before something is given up that cannot be had back.

namespace Cti.Host.Cli;

internal static class Confirmation
{
    /// <summary>
    /// Whether to go on: said beforehand with --yes, or asked on a terminal. Without either nothing is done, and stderr says how.
    /// </summary>
    public static bool Given(string question, bool yes)
    {
        if (yes)
        {
            return true;
        }

        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine($"{question} Nothing was done: say --yes to do it without being asked.");
            return false;
        }

        Console.Error.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
