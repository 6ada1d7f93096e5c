// Reports of every format. Promises: findings that lie in the document, values that are canonical, the same answer twice.

using Cti.Core;

namespace Cti.Fuzz;

internal sealed class ExtractTarget : ITarget
{
    private static readonly ReportFormat[] Formats =
    [
        ReportFormat.Text,
        ReportFormat.Markdown,
        ReportFormat.AsciiDoc,
        ReportFormat.Html,
        ReportFormat.Feed,
    ];

    public string Name => "extract";

    public void Try(byte[] input, Random random)
    {
        var format = Formats[random.Next(Formats.Length)];
        var extractor = new Extractor();
        var found = extractor.Document(format, input);
        for (var index = 0; index < found.Count; index++)
        {
            var offset = found.Offset(index);
            var length = found.Length(index);
            if (offset < 0 || length < 1 || offset + length > input.Length)
            {
                throw new BrokenPromise(
                    $"{format}: {found.ValueText(index)} at {offset}, {length} bytes of {input.Length}"
                );
            }

            if (index > 0 && offset < found.Offset(index - 1))
            {
                throw new BrokenPromise($"{format}: findings are not in the order of the document");
            }

            var again = Normalise.tryParse(TypeHint.NewFixed(found.Type(index)), found.ValueText(index));
            if (again.IsError || again.ResultValue.Value != found.ValueText(index))
            {
                throw new BrokenPromise($"{format}: {found.ValueText(index)} is not canonical");
            }
        }

        var second = extractor.Document(format, input);
        if (second.Count != found.Count)
        {
            throw new BrokenPromise($"{format}: {found.Count} findings, then {second.Count}");
        }
    }
}
