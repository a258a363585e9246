namespace ALoRA.Onnx.TestKit;

/// <summary>
/// How far numbers are apart. What is no number is infinitely far: assertions of order,
/// and maxima, take NaN for the smallest number of all.
/// </summary>
public static class Deviation
{
    /// <summary>The largest difference between numbers at the same place.</summary>
    public static float Largest(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, OrInfinite(Math.Abs(expected[i] - actual[i])));
        }

        return (float)largest;
    }

    /// <summary>A distance or an error as it is, infinite if it is no number.</summary>
    public static double OrInfinite(double distance) => double.IsNaN(distance) ? double.PositiveInfinity : distance;
}
