using System.Text.Json;

namespace ALoRA.Onnx.Shared;

/// <summary>
/// What a value of a JSON file is, for readers that say in their own words what they expected. Nothing here throws: a value of another kind
/// is false. This source is part of each library that reads JSON files, and none of them knows another.
/// </summary>
internal static class JsonValues
{
    /// <summary>Whether it is a whole number within limits.</summary>
    public static bool TryInt(this JsonElement value, int smallest, int largest, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= smallest && number <= largest;
    }

    /// <summary>Whether it is a number that a double can hold.</summary>
    public static bool TryFinite(this JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out number) && double.IsFinite(number);
    }

    /// <summary>Whether it is a truth value.</summary>
    public static bool TryFlag(this JsonElement value, out bool flag)
    {
        flag = value.ValueKind == JsonValueKind.True;
        return flag || value.ValueKind == JsonValueKind.False;
    }

    /// <summary>Whether a string is text: an escaped lone surrogate is JSON, but no text.</summary>
    public static bool TryUnicode(this JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>The value as it stands in the file, cut to so many characters for a message.</summary>
    public static string Shown(this JsonElement value, int longest) => Cut(value.GetRawText(), longest);

    /// <summary>A text cut to so many characters.</summary>
    public static string Cut(string text, int longest) => text.Length <= longest ? text : $"{text.AsSpan(0, longest)}…";
}
