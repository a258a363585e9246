namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>Finds where a JSON object or list ends in a text that is still being written.</summary>
internal static class JsonText
{
    /// <summary>Index of the first character from <paramref name="start"/> on that is no white space.</summary>
    public static int SkipWhiteSpace(string text, int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return start;
    }

    /// <summary>
    /// Index behind the object or list that starts at <paramref name="start"/>; -1 if none starts there or it is not complete.
    /// </summary>
    public static int FindEnd(string text, int start)
    {
        if (start >= text.Length || text[start] is not ('{' or '['))
        {
            return -1;
        }

        int depth = 0;
        bool isString = false;
        for (int i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when isString:
                    i++;
                    break;
                case '"':
                    isString = !isString;
                    break;
                case '{' or '[' when !isString:
                    depth++;
                    break;
                case '}' or ']' when !isString:
                    if (--depth == 0)
                    {
                        return i + 1;
                    }

                    break;
            }
        }

        return -1;
    }
}
