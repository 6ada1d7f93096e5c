// A page's rows as lines, rendered once for all sinks that want every one of them: rendering is half of what such a sink costs
// (docs/performance.md). A sink that is told something else than the log says renders its row by itself.

using Cti.Core;

namespace Cti.Host.Delivery;

/// <summary>One per page. Rendered by the thread that fills the page, before any sink has it: sinks that wait for each other burn more than they save.</summary>
internal sealed class SharedLines
{
    private readonly int[] _ends = new int[ChangePage.MostRows];
    private readonly Utf8Writer _text = new(64);
    private ChangeFormat _format;

    /// <summary>Whether there are any, in this format.</summary>
    public bool Has(ChangeFormat format) => _text.Length > 0 && _format.Tag == format.Tag;

    /// <summary>Renders every row as the log tells it; rows that the format cannot hold have an empty line, which nobody wants.</summary>
    public void Render(ChangePage page, ChangeFormat format)
    {
        _format = format;
        for (var row = 0; row < page.Indicators.Count; row++)
        {
            if (ChangeFormatModule.check(format, page.Indicators.Type[row], page.Indicators.Value[row]).IsNone)
            {
                ChangeFormatModule.write(format, page.Indicators, row, page.Sequence[row], page.LoggedAs(row), _text);
            }

            _ends[row] = _text.Length;
        }
    }

    /// <summary>Copies the line of a row.</summary>
    public void Copy(int row, Utf8Writer target)
    {
        var start = row == 0 ? 0 : _ends[row - 1];
        target.Bytes(_text.Written[start.._ends[row]]);
    }

    /// <summary>The page is filled anew.</summary>
    public void Clear() => _text.Clear();
}
