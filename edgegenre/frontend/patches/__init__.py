"""What frozen backbones take: patches of their own spectra, as their makers computed them."""
