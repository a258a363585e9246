using System.Globalization;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>The lengths to measure at, in tokens, ascending, and those that were left out.</summary>
/// <param name="Lengths">Lengths that fit into the context.</param>
/// <param name="IsGiven">Whether the user asked for exactly these.</param>
/// <param name="LeftOut">Usual lengths that do not fit.</param>
internal sealed record LengthChoice(IReadOnlyList<int> Lengths, bool IsGiven, IReadOnlyList<LeftOutLength> LeftOut)
{
    private static readonly int[] Usual = [256, 1024, 4096, 16384, 32768];

    /// <summary>Chooses.</summary>
    /// <param name="option">The option that gives lengths, for messages.</param>
    /// <param name="given">Lengths that the user asked for; null for the usual ones.</param>
    /// <param name="longest">Tokens of the model's context.</param>
    /// <param name="following">Tokens that must fit behind each length.</param>
    /// <exception cref="ArgumentException">A length that was asked for does not fit, or not even the shortest usual one does.</exception>
    public static LengthChoice Choose(string option, IReadOnlyList<int>? given, int longest, int following)
    {
        int[] lengths = [.. (given ?? Usual).Distinct().Order()];
        int[] fitting = [.. lengths.Where(length => length <= longest - following)];
        if (fitting.Length == 0 || (given is not null && fitting.Length < lengths.Length))
        {
            string more = following == 0 ? "do" : $"and {following} more do";
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{lengths[fitting.Length]} tokens {more} not fit into the model's context of {longest}. Give "
                + $"smaller numbers with {option}."));
        }

        return new LengthChoice(
            fitting, given is not null, [.. lengths.Except(fitting).Select(length => new LeftOutLength(option, length, TimeSpan.Zero))]);
    }
}
