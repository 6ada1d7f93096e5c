// Asks before something is given up that cannot be had back.

namespace Cti.Host.Cli;

internal static class Confirmation
{
    /// <summary>
    /// Asks whoever sits at this program's terminal. Without one nothing is to be done, and stderr says how.
    /// </summary>
    public static bool Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine($"{question} Nothing was done: say --yes to do it without being asked.");
            return false;
        }

        Console.Error.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
