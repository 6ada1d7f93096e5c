// Outcomes of tests as JUnit XML, in the shape that build servers share: testsuites, a testsuite per pipeline file, a testcase per test.

using System.Globalization;
using System.Text;
using System.Xml;
using Cti.Host.Sinks;

namespace Cti.Host.Trials;

internal static class JUnitReport
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="SinkException">It cannot be written.</exception>
    public static void Write(string path, TestOutcomes outcomes)
    {
        using var file = new AtomicFile(path);
        file.Write(Print(outcomes));
        file.Replace();
    }

    private static byte[] Print(TestOutcomes outcomes)
    {
        using var bytes = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Indent = true,
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            NewLineChars = "\n",
        };
        using (var xml = XmlWriter.Create(bytes, settings))
        {
            xml.WriteStartElement("testsuites");
            Totals(xml, "cti test", outcomes.Tests, outcomes.Elapsed);
            foreach (var suite in outcomes.Tests.GroupBy(test => test.File))
            {
                xml.WriteStartElement("testsuite");
                var time = TimeSpan.FromTicks(suite.Sum(test => test.Elapsed.Ticks));
                Totals(xml, suite.Key, [.. suite], time);
                foreach (var test in suite)
                {
                    Case(xml, test);
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    private static void Totals(XmlWriter xml, string name, IReadOnlyList<TestOutcome> tests, TimeSpan time)
    {
        Attribute(xml, "name", name);
        Attribute(xml, "tests", Number(tests.Count));
        Attribute(xml, "failures", Number(tests.Count(test => test.Status == TestStatus.Failed)));
        Attribute(xml, "errors", Number(tests.Count(test => test.Status == TestStatus.Error)));
        Attribute(xml, "time", Seconds(time));
    }

    private static void Case(XmlWriter xml, TestOutcome test)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", test.Pipeline);
        Attribute(xml, "name", test.Test.Name.Value);
        Attribute(xml, "time", Seconds(test.Elapsed));
        // One element per testcase is what every reader of the format understands.
        if (test.Mismatches.Count > 0)
        {
            xml.WriteStartElement("failure");
            Attribute(xml, "message", TestReport.Line(test.Mismatches[0]));
            Attribute(xml, "type", Core.Trials.MismatchKindModule.code(test.Mismatches[0].Kind));
            xml.WriteString(Clean(Text(test)));
            xml.WriteEndElement();
        }
        else if (test.Problems.Count > 0)
        {
            xml.WriteStartElement("error");
            Attribute(xml, "message", $"{test.Problems[0].Code} {test.Problems[0].Message}");
            Attribute(xml, "type", test.Problems[0].Code);
            xml.WriteString(Clean(Text(test)));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Text(TestOutcome test)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        TestReport.Print(text, test);
        return text.ToString();
    }

    private static void Attribute(XmlWriter xml, string name, string value) =>
        xml.WriteAttributeString(name, Clean(value));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    // XML 1.0 has no way to say most control characters, escaped or not.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var allowed =
                rune.Value is 9 or 10 or 13 or (>= 0x20 and <= 0xd7ff) or (>= 0xe000 and <= 0xfffd) or >= 0x10000;
            clean.Append(allowed ? rune.ToString() : "\ufffd");
        }

        return clean.ToString();
    }
}
