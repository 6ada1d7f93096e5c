// What is wrong, counted by kind; the first of each kind are told in words.

namespace Cti.Oracle;

internal enum Fault
{
    Lost,
    Invented,
    Duplicated,
    Undelivered,
    Disordered,
}

internal sealed class Findings
{
    private const int Told = 5;

    private readonly Dictionary<Fault, long> _counts = [];

    public long this[Fault fault] => _counts.GetValueOrDefault(fault);

    public void Add(Fault fault, string what)
    {
        var count = _counts[fault] = this[fault] + 1;
        if (count <= Told)
        {
            Console.Error.WriteLine($"{fault}: {what}");
        }
    }

    /// <summary>Holds what is there against what must be there, both without repetition.</summary>
    public void Compare<T>(IEnumerable<T> expected, IReadOnlySet<T> found, Fault missing, string where)
        where T : notnull
    {
        var wanted = expected.ToHashSet();
        foreach (var item in wanted.Where(item => !found.Contains(item)))
        {
            Add(missing, $"{where} lacks {item}");
        }

        foreach (var item in found.Where(item => !wanted.Contains(item)))
        {
            Add(Fault.Invented, $"{where} has {item}, which nothing in the input says");
        }
    }

    /// <summary>The items, told where one comes twice.</summary>
    public HashSet<T> Distinct<T>(IEnumerable<T> items, string where)
        where T : notnull
    {
        var seen = new HashSet<T>();
        foreach (var item in items)
        {
            if (!seen.Add(item))
            {
                Add(Fault.Duplicated, $"{where} has {item} twice");
            }
        }

        return seen;
    }
}
