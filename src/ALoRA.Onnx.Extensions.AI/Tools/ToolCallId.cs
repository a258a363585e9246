using System.Security.Cryptography;
using System.Text;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>Ids of tool calls: nine letters or digits, which is what Mistral's templates insist on and all others accept.</summary>
internal static class ToolCallId
{
    private const int Length = 9;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A new id.</summary>
    public static string Create() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>
    /// An id that fits: the same one if it does, or else always the same other one, so that call and result still belong together.
    /// </summary>
    public static string Fit(string id)
    {
        if (id.Length == Length && id.All(char.IsAsciiLetterOrDigit))
        {
            return id;
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return string.Create(Length, hash, static (text, bytes) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = Alphabet[bytes[i] % Alphabet.Length];
            }
        });
    }
}
