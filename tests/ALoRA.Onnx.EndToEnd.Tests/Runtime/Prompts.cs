namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Token ids that look like nothing in particular, the same in every run.</summary>
internal static class Prompts
{
    /// <summary>Ids without any invocation or end of text in them.</summary>
    public static int[] Random(int length, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(10, 790))];
    }

    /// <summary>Logits behind appended ids, a copy.</summary>
    public static async Task<float[]> NextLogitsAsync(this Conversation conversation, int[] tokens) =>
        (await conversation.ForwardAsync(tokens))[0].ToArray();

    /// <summary>Every value of two rows the same, bit for bit.</summary>
    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, string what)
    {
        Assert.AreEqual(expected.Length, got.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsTrue(expected[i] == got[i], $"{what}: value {i} is {got[i]:R}, expected {expected[i]:R}");
        }
    }

    /// <summary>Every value of two rows within a tolerance.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, float tolerance, string what)
    {
        Assert.AreEqual(expected.Length, got.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsTrue(Math.Abs(expected[i] - got[i]) <= tolerance, $"{what}: value {i} is {got[i]:R}, expected {expected[i]:R}");
        }
    }

    /// <inheritdoc cref="AssertSame(ReadOnlySpan{float}, ReadOnlySpan{float}, string)"/>
    public static void AssertSame(float[] expected, float[] got, string what) => AssertSame(expected.AsSpan(), got.AsSpan(), what);

    /// <inheritdoc cref="AssertClose(ReadOnlySpan{float}, ReadOnlySpan{float}, float, string)"/>
    public static void AssertClose(float[] expected, float[] got, float tolerance, string what) =>
        AssertClose(expected.AsSpan(), got.AsSpan(), tolerance, what);
}
