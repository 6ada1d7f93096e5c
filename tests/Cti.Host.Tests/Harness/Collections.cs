// xunit runs classes side by side: those that keep the machine busy by themselves go one after the other.

using Xunit;

namespace Cti.Host.Tests.Harness;

[CollectionDefinition(Name)]
public sealed class Heavy
{
    public const string Name = "heavy";
}
