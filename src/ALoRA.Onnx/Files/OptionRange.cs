namespace ALoRA.Onnx.Files;

/// <summary>Checks of option values, all with the same sentence.</summary>
internal static class OptionRange
{
    /// <summary>Refuses a value that is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    public static void Require<T>(bool isValid, string name, T value, string range)
    {
        if (!isValid)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}
