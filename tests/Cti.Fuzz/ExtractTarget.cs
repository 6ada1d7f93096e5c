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
        ReportFormat.Pdf,
    ];

    public string Name => "extract";

    public void Try(byte[] input, Random random)
    {
        // What begins as a PDF is read as one more often than not: its characters are in no text.
        var isPdf = input.AsSpan().StartsWith("%PDF-"u8) && random.Next(4) > 0;
        var format = isPdf ? ReportFormat.Pdf : Formats[random.Next(Formats.Length)];
        var extractor = new Extractor();
        var result = extractor.Document(format, input);
        if (result.IsError)
        {
            if (!format.IsPdf)
            {
                throw new BrokenPromise($"{format}: {result.ErrorValue.message}");
            }

            return;
        }

        var found = result.ResultValue;
        for (var index = 0; index < found.Count; index++)
        {
            var offset = found.Offset(index);
            var length = found.Length(index);
            if (offset < 0 || length < 1 || offset + length > found.Source.Length)
            {
                throw new BrokenPromise(
                    $"{format}: {found.ValueText(index)} at {offset}, {length} bytes of {found.Source.Length}"
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

        var second = extractor.Document(format, input).ResultValue;
        if (second.Count != found.Count)
        {
            throw new BrokenPromise($"{format}: {found.Count} findings, then {second.Count}");
        }
    }
}
