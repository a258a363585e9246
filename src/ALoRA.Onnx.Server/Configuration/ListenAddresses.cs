using System.Net;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Configuration;

/// <summary>The addresses that are listened at, and who reaches them.</summary>
internal static class ListenAddresses
{
    /// <summary>The addresses of a text with semicolons between.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string[] Split(string urls)
    {
        string[] all = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return all.Length > 0
            ? all
            : throw new ArgumentException("--urls is empty. Give an address such as http://127.0.0.1:8080.");
    }

    /// <summary>Refuses addresses that other machines reach, where nobody is asked for a key.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="options">Whether there are keys, or the owner said that there are none.</param>
    /// <exception cref="ArgumentException">An address is malformed, or open to everyone.</exception>
    public static void Check(IEnumerable<string> addresses, ServerOptions options)
    {
        foreach (string address in addresses)
        {
            if (!IsLocal(address) && options.ApiKeyFile is null && !options.NoAuth)
            {
                throw new ArgumentException(
                    $"{address} is reached by other machines, but nobody would be asked for a key. Give --api-key-file, "
                    + "listen at http://127.0.0.1, or say --no-auth.");
            }
        }
    }

    // Kestrel listens at every address of the machine for a name that is not localhost.
    private static bool IsLocal(string address)
    {
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException exception)
        {
            throw new ArgumentException($"--urls: '{address}' is no address. Expected one such as http://127.0.0.1:8080.", exception);
        }

        return binding.IsUnixPipe
            || binding.IsNamedPipe
            || binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }
}
