"""Changes the owner's settings where the owner keeps them: in `apps.yaml`, checked before it is written."""
