using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>The encodings <c>str.encode</c> and <c>bytes.decode</c> know: UTF-8, UTF-16, ASCII and Latin-1.</summary>
internal static class TextEncoding
{
    public static byte[] Encode(string text, object? encoding, object? errors)
    {
        Encoding target = Guard(() => Of(encoding, errors));

        // .NET would replace each half of a pair that does not fit, Python the whole code point.
        string fitting = target.IsSingleByte ? string.Concat(CodePoints.Split(text).Select(c => c.Length > 1 ? c[..1] : c)) : text;
        return Guard(() => target.GetBytes(fitting));
    }

    public static string Decode(byte[] bytes, object? encoding, object? errors) => Guard(() => Of(encoding, errors).GetString(bytes));

    private static T Guard<T>(Func<T> convert)
    {
        try
        {
            return convert();
        }
        catch (ArgumentException e)
        {
            throw TemplateFailure.Value(e.Message);
        }
    }

    private static Encoding Of(object? encoding, object? errors)
    {
        string name = MissingValue.Is(encoding) ? "utf-8" : PythonText.Of(encoding) ?? throw TemplateFailure.Type("encoding must be str");
        string mode = MissingValue.Is(errors) ? "strict" : PythonText.Of(errors) ?? throw TemplateFailure.Type("errors must be str");
        (EncoderFallback encoder, DecoderFallback decoder) = mode switch
        {
            "strict" => ((EncoderFallback)new EncoderExceptionFallback(), (DecoderFallback)new DecoderExceptionFallback()),
            "ignore" => (new EncoderReplacementFallback(""), new DecoderReplacementFallback("")),
            "replace" => (new EncoderReplacementFallback("?"), new DecoderReplacementFallback("\uFFFD")),
            _ => throw TemplateFailure.Value($"unsupported error handler '{mode}'; use strict, ignore or replace"),
        };
        string webName = name.Trim().ToLowerInvariant().Replace('_', '-').Replace(' ', '-') switch
        {
            "utf-8" or "utf8" => "utf-8",
            "ascii" or "us-ascii" => "us-ascii",
            "latin-1" or "latin1" or "iso-8859-1" => "iso-8859-1",
            "utf-16-le" => "utf-16",
            "utf-16-be" => "utf-16BE",
            _ => throw TemplateFailure.Value($"unsupported encoding '{name}'; use utf-8, ascii, latin-1, utf-16-le or utf-16-be"),
        };
        return Encoding.GetEncoding(webName, encoder, decoder);
    }
}
