// YAML text to the core's node tree, with the place of everything. Knows YAML and its dangers, knows no pipeline.

using Cti.Core.Declare;
using Microsoft.FSharp.Collections;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using Mark = YamlDotNet.Core.Mark;
using Position = Cti.Core.Declare.Mark;
using Scalar = YamlDotNet.Core.Events.Scalar;

namespace Cti.Host.Config;

/// <summary>What a file may cost. YAML from a stranger can be deep, huge, or small and expand to be huge.</summary>
public sealed record YamlLimits
{
    /// <summary>Bytes of a file, characters of a text. Default 4,194,304.</summary>
    public int Characters { get; init; } = 4 * 1024 * 1024;

    /// <summary>How deep lists and blocks may nest. Default 64.</summary>
    public int Depth { get; init; } = 64;

    /// <summary>Values in the tree, those that aliases and includes repeat counted every time. Default 100,000.</summary>
    public int Nodes { get; init; } = 100_000;
}

/// <summary>A document, or what is wrong with its YAML: exactly one of the two is there.</summary>
public sealed record YamlResult(Node? Root, Diagnostic? Problem);

/// <summary>Reads one YAML document.</summary>
public sealed class YamlReader
{
    private readonly string[] _lines;
    private readonly YamlLimits _limits;
    private readonly string _file;
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, (Node Node, int Size)> _anchors = [];
    private readonly HashSet<AnchorName> _open = [];
    private int _nodes;

    private YamlReader(string text, YamlLimits limits, string file)
    {
        _file = file;
        _lines = SourceLines.Split(text);
        _limits = limits;
        _scanner = new Scanner(new StringReader(text), skipComments: true);
        _parser = new Parser(_scanner);
    }

    /// <summary>Reads the only document of <paramref name="text"/>; places in it name <paramref name="file"/>.</summary>
    public static YamlResult Read(string text, YamlLimits? limits = null, string file = "")
    {
        limits ??= new YamlLimits();
        var start = SpanModule.inFile(file, SpanModule.at(1, 1));

        if (text.Length > limits.Characters)
        {
            return Failed(
                start,
                Fault.NewLimit(
                    $"the file has {text.Length:N0} characters, at most {limits.Characters:N0} are read",
                    "no pipeline needs that: is it the right file?"
                )
            );
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return Failed(start, Fault.NewSyntax("this is a binary file, not YAML", ""));
        }

        var reader = new YamlReader(text, limits, file);

        try
        {
            return new YamlResult(reader.Document(), null);
        }
        catch (Refusal refusal)
        {
            return Failed(refusal.Span, refusal.Fault);
        }
        catch (YamlException error)
        {
            var (place, fault) = YamlProblem.Explain(error, reader._lines);
            return Failed(SpanModule.inFile(file, place), fault);
        }
        catch (Exception error)
            when (error is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException
            )
        {
            // The parser gives up on some texts without saying where: where it stood is the best place there is.
            var at = ToPosition(reader._scanner.CurrentPosition);
            var (place, fault) = YamlProblem.Unexplained(reader._lines, at.Line, at.Column);
            return Failed(SpanModule.inFile(file, place), fault);
        }
    }

    private static YamlResult Failed(Span span, Fault fault) =>
        new(null, DiagnosticModule.create(PathModule.root, span, fault));

    private Node Document()
    {
        _parser.Consume<StreamStart>();

        if (_parser.Accept<StreamEnd>(out _))
        {
            throw new Refusal(
                SpanModule.inFile(_file, SpanModule.at(1, 1)),
                Fault.NewSyntax("the file is empty", "a pipeline begins with `pipeline: name`")
            );
        }

        _parser.Consume<DocumentStart>();
        var (root, _) = Value(0);
        _parser.Consume<DocumentEnd>();

        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            throw new Refusal(
                SpanOf(second),
                Fault.NewSyntax(
                    "a second document begins here",
                    "a file holds one pipeline: remove `---`, or split the file"
                )
            );
        }

        return root;
    }

    private (Node Node, int Size) Value(int depth)
    {
        var next = Peek();

        if (depth > _limits.Depth)
        {
            throw new Refusal(
                SpanOf(next),
                Fault.NewLimit(
                    $"nested more than {_limits.Depth} deep",
                    "no pipeline needs that: look for brackets `[` or `{` that are never closed"
                )
            );
        }

        Count(1, next);

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Alias(alias);
        }

        var (anchor, tag) = next is NodeEvent node ? (node.Anchor, node.Tag) : (AnchorName.Empty, TagName.Empty);

        if (!tag.IsEmpty)
        {
            throw new Refusal(
                SpanOf(next),
                Fault.NewSyntax(
                    $"the tag `{tag.Value.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal)}` means nothing here",
                    "remove it; a text that begins with `!` stands in quotes"
                )
            );
        }

        if (!anchor.IsEmpty)
        {
            _open.Add(anchor);
        }

        var before = _nodes;
        var read = Untagged(depth);
        var size = _nodes - before + 1;

        if (!anchor.IsEmpty)
        {
            _open.Remove(anchor);
            _anchors[anchor] = (read, size);
        }

        return (read, size);
    }

    // The parser reads its next event only when asked for one.
    private ParsingEvent Peek() =>
        _parser.Accept<ParsingEvent>(out var next)
            ? next
            : throw new Refusal(
                SpanModule.inFile(_file, SpanModule.at(1, 1)),
                Fault.NewSyntax("the file ends too early", "")
            );

    private Node Untagged(int depth)
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return Node.NewScalar(ToScalar(scalar));
        }

        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<Node>();

            while (!_parser.Accept<SequenceEnd>(out _))
            {
                items.Add(Value(depth + 1).Node);
            }

            var end = _parser.Consume<SequenceEnd>();
            return Node.NewSequence(new SequenceNode(ListModule.OfSeq(items), Between(sequence, end)));
        }

        var mapping = _parser.Consume<MappingStart>();
        var entries = new List<Entry>();

        while (!_parser.Accept<MappingEnd>(out _))
        {
            entries.Add(new Entry(Key(), Value(depth + 1).Node));
        }

        var last = _parser.Consume<MappingEnd>();
        return Node.NewMapping(new MappingNode(ListModule.OfSeq(entries), Between(mapping, last)));
    }

    private ScalarNode Key()
    {
        if (_parser.TryConsume<Scalar>(out var key))
        {
            Count(1, key);
            return ToScalar(key);
        }

        throw new Refusal(SpanOf(Peek()), Fault.NewSyntax("a key must be a single word", ""));
    }

    private (Node Node, int Size) Alias(AnchorAlias alias)
    {
        if (_open.Contains(alias.Value))
        {
            throw new Refusal(
                SpanOf(alias),
                Fault.NewLimit($"`*{alias.Value}` would contain itself", "write out what is meant here")
            );
        }

        if (!_anchors.TryGetValue(alias.Value, out var anchored))
        {
            throw new Refusal(
                SpanOf(alias),
                Fault.NewSyntax(
                    $"there is no anchor `&{alias.Value}` above",
                    $"a text that begins with `*` stands in quotes: \"*{alias.Value}\""
                )
            );
        }

        Count(anchored.Size, alias);
        return anchored;
    }

    private void Count(int added, ParsingEvent at)
    {
        _nodes += added;

        if (_nodes > _limits.Nodes)
        {
            throw new Refusal(
                SpanOf(at),
                Fault.NewLimit(
                    $"the file holds more than {_limits.Nodes:N0} values (what an alias repeats is counted every time)",
                    "use fewer aliases `*…`, or split the pipeline"
                )
            );
        }
    }

    private ScalarNode ToScalar(Scalar scalar)
    {
        var style = scalar.Style switch
        {
            YamlDotNet.Core.ScalarStyle.SingleQuoted => Cti.Core.Declare.ScalarStyle.SingleQuoted,
            YamlDotNet.Core.ScalarStyle.DoubleQuoted => Cti.Core.Declare.ScalarStyle.DoubleQuoted,
            YamlDotNet.Core.ScalarStyle.Literal => Cti.Core.Declare.ScalarStyle.Literal,
            YamlDotNet.Core.ScalarStyle.Folded => Cti.Core.Declare.ScalarStyle.Folded,
            _ => Cti.Core.Declare.ScalarStyle.Plain,
        };

        if (!IsText(scalar.Value))
        {
            throw new Refusal(
                SpanOf(scalar),
                Fault.NewSyntax(
                    "this value holds a character that no text can hold",
                    "remove the escape `\\0` or `\\uD8…`"
                )
            );
        }

        var indent = style.IsLiteral ? Indent((int)scalar.Start.Line) : 0;
        return new ScalarNode(scalar.Value, style, SpanOf(scalar), indent);
    }

    // Escapes can make what a file's bytes cannot hold: NUL, and halves of surrogate pairs.
    private static bool IsText(string value)
    {
        for (var index = 0; index < value.Length; index++)
        {
            if (char.IsSurrogatePair(value, index))
            {
                index++;
            }
            else if (value[index] == '\0' || char.IsSurrogate(value[index]))
            {
                return false;
            }
        }

        return true;
    }

    // A literal block's lines begin where the first of them that is not blank begins.
    private int Indent(int headerLine) =>
        _lines
            .Skip(headerLine)
            .Where(line => !string.IsNullOrWhiteSpace(line))
            .Select(line => line.Length - line.TrimStart(' ').Length)
            .FirstOrDefault();

    private Span SpanOf(ParsingEvent at) => Between(at, at);

    private Span Between(ParsingEvent first, ParsingEvent last) =>
        new(_file, ToPosition(first.Start), ToPosition(last.End));

    private static Position ToPosition(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    // Leaves the recursion; caught in Read and nowhere else seen.
    private sealed class Refusal(Span span, Fault fault) : Exception
    {
        public Span Span { get; } = span;
        public Fault Fault { get; } = fault;
    }
}
